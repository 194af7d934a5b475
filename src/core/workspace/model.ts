/** `creating` and `deleting` rows hold the name while remote work is under way, and say what is to be finished. */
export type RowStatus = 'creating' | 'ready' | 'deleting';

interface WorkspaceBase {
  name: string;
  template: string;
  /** On the VM, or on the operator's machine. */
  path: string;
  status: RowStatus;
  /** What it was cloned from, for display. */
  repo: string | undefined;
  createdAt: string;
  lastSeenAt: string | undefined;
}

export type Workspace =
  | (WorkspaceBase & { type: 'vm'; vmName: string })
  | (WorkspaceBase & { type: 'local'; vmName: undefined });

export type VmWorkspace = Extract<Workspace, { type: 'vm' }>;
