import type { Writer } from '../store/database.ts';
import { addGrant, removeGrants } from './rows.ts';
import { idPart } from './stepIds.ts';

/** An explicit grant that stands, whatever was being taken away before. */
export function grantRow(writer: Writer, agent: string, workspace: string, at: string): void {
  removeGrants(writer, { agent, workspace, type: 'explicit' });
  addGrant(writer, {
    agentName: agent,
    workspaceName: workspace,
    type: 'explicit',
    sessionName: undefined,
    status: 'active',
    createdAt: at,
  });
}

/** Id of the step that lets an account into a workspace which is being created. */
export const memberStepOf = (workspace: string, linuxUser: string): string =>
  `member-${idPart(workspace)}-of-${idPart(linuxUser)}`;
