import { requireReadyAgent } from '../agent/lookup.ts';
import { grantedWorkspace } from '../agent/shell.ts';
import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { operatorUser } from '../names.ts';
import { agentAlias, operatorAlias, syncHostsFile } from '../ssh/hostsFile.ts';
import { syncKnownHosts } from '../ssh/knownHosts.ts';
import { withHostKeys } from '../ssh/learnHostKeys.ts';
import { canLogInAs } from '../vm/login.ts';
import { ensureRunning, requireUsableVm } from '../vm/lookup.ts';
import { writeCodeWorkspace } from './codeWorkspace.ts';
import { requireReady, requireWorkspace } from './lookup.ts';
import type { VmWorkspace } from './model.ts';
import { nowOf } from './record.ts';
import { remoteUri } from './remoteUri.ts';
import { updateWorkspace } from './rows.ts';
import { ensureOperator } from './shell.ts';

/** Where an editor opens a workspace. `account`: who it is there; undefined on this machine. */
export type EditorPlace =
  | { type: 'local'; path: string }
  | {
      type: 'vm';
      path: string;
      vm: string;
      account: string;
      alias: string;
      uri: string;
      /** The `.code-workspace` file, where that is to be opened. */
      file: string | undefined;
      /** The SSH configuration that has the alias. */
      sshConfig: string;
    };

/**
 * Makes a workspace ready to be opened by an editor over SSH: the VM runs, the account may log in, and the operator's
 * SSH configuration has an entry with the pinned host key. Without `agent` the account is the workspace's operator.
 */
export async function prepareToOpen(
  engine: Engine,
  request: { name: string; agent: string | undefined; isFile: boolean },
  context: OperationContext,
): Promise<EditorPlace> {
  if (request.isFile && request.agent !== undefined) {
    throw new AppError('usage', '--file and --agent exclude each other.', {
      hint: "The file names the workspace's operator account.",
    });
  }
  const workspace = await requireWorkspace(engine, request.name);
  requireReady(workspace);
  if (workspace.type === 'local') {
    if ((await engine.files.info(workspace.path)) === undefined) {
      throw new AppError('not-found', `The folder ${workspace.path} is gone.`, {
        hint: `Remove the workspace: agentworks workspace delete ${workspace.name}`,
      });
    }
    return { type: 'local', path: workspace.path };
  }
  const { account, alias } = await login(engine, workspace, request.agent, context);
  await syncKnownHosts(engine);
  const { aliases } = await syncHostsFile(engine);
  if (!aliases.includes(alias)) {
    throw new AppError('internal', `The SSH configuration has no entry '${alias}' for this workspace.`, {
      hint: 'See what it has: agentworks config sync-ssh-config --check',
    });
  }
  await engine.database.write((w) => updateWorkspace(w, workspace.name, { lastSeenAt: nowOf(engine) }));
  const { path, vmName: vm } = workspace;
  const { sshConfig } = (await engine.config.load()).operator;
  const file = request.isFile ? await writeCodeWorkspace(engine, workspace, context) : undefined;
  return { type: 'vm', path, vm, account, alias, uri: remoteUri(alias, path), file, sshConfig };
}

/** The account that the editor logs in as, once it is sure that it can. */
async function login(
  engine: Engine,
  workspace: VmWorkspace,
  agentName: string | undefined,
  context: OperationContext,
): Promise<{ account: string; alias: string }> {
  const { name, vmName } = workspace;
  const config = await engine.config.load();
  const agent = agentName === undefined ? undefined : await requireReadyAgent(engine, agentName);
  if (agent !== undefined) await grantedWorkspace(engine, agent, name);
  const up = await ensureRunning(engine, await requireUsableVm(engine, vmName), context);
  const vm = await withHostKeys(engine, up, { mayAsk: true, signal: context.signal });
  if (agent === undefined) await ensureOperator(engine, vm, name, context);
  const account = agent?.linuxUser ?? operatorUser(name);
  if (!(await canLogInAs(engine, vm, account, context))) {
    throw new AppError('refused', `Nobody can log in as '${account}' on VM '${vmName}' yet.`, {
      hint:
        agent === undefined
          ? `Put its key there: agentworks workspace repair ${name}`
          : `Put its key there: agentworks agent reinit ${agent.name}`,
    });
  }
  return { account, alias: agent === undefined ? operatorAlias(config, name) : agentAlias(config, agent.name) };
}
