import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { listAgents, listGrants } from '../../core/agent/rows.ts';
import { operatorUser } from '../../core/names.ts';
import type { EditorPlace } from '../../core/workspace/open.ts';
import { listWorkspaces } from '../../core/workspace/rows.ts';
import type { Parts, Values } from '../parts.ts';
import { pick } from '../pick.ts';
import { label, notice } from '../text.ts';
import { answersSshRemote, platformsWith, readsConfig } from './ssh.ts';

/** What `workspace.open` hands back. */
export type Place = EditorPlace & { workspace: string; isReusing: boolean };

const hasRemoteSsh = (): boolean => vscode.extensions.all.some(({ packageJSON }) => answersSshRemote(packageJSON));

/** Opens what the verb has made ready. */
export async function openPlace(parts: Parts, place: Place): Promise<void> {
  if (place.type === 'vm' && !(await isPrepared(parts, place))) return;
  const file = place.type === 'local' ? place.path : place.file;
  const uri =
    place.type === 'vm' && file === undefined ? vscode.Uri.parse(place.uri, true) : vscode.Uri.file(file ?? '');
  const window = place.isReusing ? { forceReuseWindow: true } : { forceNewWindow: true };
  await vscode.commands.executeCommand('vscode.openFolder', uri, window);
}

async function isPrepared(parts: Parts, place: Place & { type: 'vm' }): Promise<boolean> {
  if (!hasRemoteSsh()) {
    await offerRemoteSsh(parts, place);
    return false;
  }
  const remoteSsh = vscode.workspace.getConfiguration('remote.SSH');
  const configFile = remoteSsh.get<unknown>('configFile');
  if (!readsConfig(configFile, place.sshConfig, homedir())) {
    const open = vscode.l10n.t('Open setting');
    const chosen = await vscode.window.showErrorMessage(
      notice(
        vscode.l10n.t(
          'Remote-SSH reads {0}, and the entry {1} is in {2}. Name the same file in both: `remote.SSH.configFile`, or `operator.ssh_config` in config.toml.',
          String(configFile),
          place.alias,
          place.sshConfig,
        ),
      ),
      open,
    );
    if (chosen === open) await vscode.commands.executeCommand('workbench.action.openSettings', 'remote.SSH.configFile');
    return false;
  }
  const platforms = platformsWith(remoteSsh.get('remotePlatform'), place.alias);
  // An extension without this setting does not ask either.
  if (platforms !== undefined && remoteSsh.inspect('remotePlatform')?.defaultValue !== undefined) {
    await remoteSsh
      .update('remotePlatform', platforms, vscode.ConfigurationTarget.Global)
      .then(undefined, (error: unknown) => parts.log.warn(`remote.SSH.remotePlatform: ${String(error)}`));
  }
  return true;
}

async function offerRemoteSsh(parts: Parts, place: Place & { type: 'vm' }): Promise<void> {
  const isDesktop = vscode.env.appHost === 'desktop';
  const [search, shell, copy] = [vscode.l10n.t('Find one'), vscode.l10n.t('Open shell'), vscode.l10n.t('Copy address')];
  const text = isDesktop
    ? vscode.l10n.t("To open workspace '{0}' in a window, install a Remote-SSH extension.", label(place.workspace))
    : vscode.l10n.t(
        "A window in a browser cannot be opened over SSH. Open workspace '{0}' in VS Code on your computer, by its address.",
        label(place.workspace),
      );
  const chosen = await vscode.window.showInformationMessage(text, ...(isDesktop ? [search] : []), shell, copy);
  if (chosen === search) await vscode.commands.executeCommand('workbench.extensions.search', 'remote ssh');
  if (chosen === shell) await parts.terminals.open('workspace.shell', [place.workspace]);
  if (chosen === copy) await vscode.env.clipboard.writeText(place.uri);
}

/** Which workspace; undefined: given up. */
export async function chooseWorkspace(parts: Parts): Promise<string | undefined> {
  const engine = await parts.engine();
  const workspaces = await engine.database.read((r) => listWorkspaces(r));
  const items = workspaces
    .filter(({ status }) => status === 'ready')
    .map(({ name, vmName }) => ({ label: label(name), description: vmName ?? vscode.l10n.t('this computer'), name }));
  const placeHolder = vscode.l10n.t('Workspace');
  const title = vscode.l10n.t('Open workspace');
  return (await pick(items, { title, placeHolder }))?.name;
}

/** As whom the window logs in: the workspace's own account, or an agent that may enter. Undefined: given up. */
export async function chooseAccount(parts: Parts, workspace: string): Promise<Values | undefined> {
  const engine = await parts.engine();
  const { agents, granted } = await engine.database.read((r) => ({
    agents: listAgents(r),
    granted: new Set(listGrants(r, { workspace }).flatMap((one) => (one.status === 'active' ? [one.agentName] : []))),
  }));
  const items = [
    {
      label: operatorUser(workspace),
      description: vscode.l10n.t('the account of this workspace: enters nothing else, no sudo'),
      iconPath: new vscode.ThemeIcon('folder'),
      values: {} as Values,
    },
    ...agents
      .filter(({ name }) => granted.has(name))
      .map(({ name, linuxUser }) => ({
        label: label(linuxUser),
        description: vscode.l10n.t('agent {0}: the window may what the agent may', label(name)),
        iconPath: new vscode.ThemeIcon('hubot'),
        values: { agent: name } as Values,
      })),
  ];
  const title = vscode.l10n.t('Open workspace {0} as', label(workspace));
  const placeHolder = vscode.l10n.t('Account');
  return (await pick(items, { title, placeHolder }))?.values;
}
