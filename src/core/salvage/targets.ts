import type { Agent } from '../agent/model.ts';
import { operatorUser, workspaceGroup } from '../names.ts';
import type { Session } from '../session/model.ts';
import { logDirectory, sessionPlace } from '../session/place.ts';
import type { VmWorkspace } from '../workspace/model.ts';
import type { Target } from './model.ts';

export const workspaceTarget = ({ name, path }: VmWorkspace): Target => ({
  kind: 'workspace',
  name,
  path,
  account: operatorUser(name),
  group: workspaceGroup(name),
});

/** The path is what the machine says of the account. */
export const homeTarget = ({ name, linuxUser }: Agent): Target => ({
  kind: 'home',
  name,
  path: '',
  account: linuxUser,
  group: linuxUser,
});

/** A session that the reference started has no log of ours. */
export const sessionTarget = ({ name, account, socket, origin }: Session): Target => ({
  kind: 'session',
  name,
  account,
  socket,
  log: origin === 'own' ? `${logDirectory}/${sessionPlace(account, name).logName}` : undefined,
});
