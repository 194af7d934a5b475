export const contentKinds = ['vmHosts', 'vms', 'workspaces', 'agents', 'grants', 'sessions', 'events'] as const;
export type ContentKind = (typeof contentKinds)[number];

/** What a take-over did. `leftOut` names every row that is not in our state now, and why. */
export interface ImportReport {
  path: string;
  /** Layout of the file, 0 for an empty one. */
  version: number;
  taken: Record<ContentKind, number>;
  /** Rows that were here already. */
  present: number;
  notes: string[];
  leftOut: string[];
}

export const emptyCounts = (): Record<ContentKind, number> => ({
  vmHosts: 0,
  vms: 0,
  workspaces: 0,
  agents: 0,
  grants: 0,
  sessions: 0,
  events: 0,
});
