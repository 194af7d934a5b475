import type { RowStatus } from '../workspace/model.ts';

/** An unprivileged Linux user on one VM. */
export interface Agent {
  /** Unique over all VMs, as in the reference. */
  name: string;
  vmName: string;
  linuxUser: string;
  /** Undefined until known (imported rows). */
  uid: number | undefined;
  template: string;
  grantAll: boolean;
  status: RowStatus;
  createdAt: string;
}

/** Access of an agent to a workspace; membership of `ws--<workspace>` follows from having any. */
export interface Grant {
  agentName: string;
  workspaceName: string;
  type: 'explicit' | 'implicit';
  /** The session that caused an implicit grant. */
  sessionName: string | undefined;
  /** `revoking`: taken away here, not yet verified on the VM. */
  status: 'active' | 'revoking';
  createdAt: string;
}
