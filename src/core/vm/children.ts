import type { Agent } from '../agent/model.ts';
import { listAgents } from '../agent/rows.ts';
import type { Engine } from '../engine.ts';
import type { Session } from '../session/model.ts';
import { listSessions } from '../session/rows.ts';
import type { VmWorkspace, Workspace } from '../workspace/model.ts';
import { listWorkspaces } from '../workspace/rows.ts';

/** Everything that lives on a VM, from our records. */
export interface Children {
  workspaces: VmWorkspace[];
  agents: Agent[];
  sessions: Session[];
}

const isOnVm = (workspace: Workspace): workspace is VmWorkspace => workspace.type === 'vm';

export const childrenOf = (engine: Engine, vm: string): Promise<Children> =>
  engine.database.read((r) => ({
    workspaces: listWorkspaces(r, { vm }).filter(isOnVm),
    agents: listAgents(r, { vm }),
    sessions: listSessions(r, { vm }),
  }));
