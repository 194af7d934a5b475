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

/** Singular and plural, for people. */
export const nouns: Record<ContentKind, [string, string]> = {
  vmHosts: ['VM host', 'VM hosts'],
  vms: ['VM', 'VMs'],
  workspaces: ['workspace', 'workspaces'],
  agents: ['agent', 'agents'],
  grants: ['grant', 'grants'],
  sessions: ['session', 'sessions'],
  events: ['event', 'events'],
};

/** "2 VMs, 1 workspace"; "nothing" when all counts are 0. */
export function summaryOf({ taken }: Pick<ImportReport, 'taken'>): string {
  const parts = contentKinds
    .filter((kind) => taken[kind] > 0)
    .map((kind) => `${taken[kind]} ${nouns[kind][taken[kind] === 1 ? 0 : 1]}`);
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}
