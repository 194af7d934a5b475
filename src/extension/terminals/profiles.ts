import * as vscode from 'vscode';
import { listAgents } from '../../core/agent/rows.ts';
import { listSessions } from '../../core/session/rows.ts';
import { listVms } from '../../core/vm/rows.ts';
import { listWorkspaces } from '../../core/workspace/rows.ts';
import type { Parts } from '../parts.ts';
import { pick } from '../pick.ts';
import { label } from '../text.ts';
import { looks, type Opened, type Role } from './plan.ts';

interface Item extends vscode.QuickPickItem {
  opened?: Opened;
}

const item = (role: Role, verb: string, name: string, description: string): Item => ({
  label: label(name),
  description: label(description),
  iconPath: new vscode.ThemeIcon(looks[role].icon),
  opened: { verb, args: [name] },
});

const heading = (text: string): Item => ({ label: text, kind: vscode.QuickPickItemKind.Separator });

/** A session to attach to, or a new one; undefined: given up. */
export async function chooseSession(parts: Parts): Promise<Opened | undefined> {
  const engine = await parts.engine();
  const { sessions, places } = await engine.database.read((r) => ({
    sessions: listSessions(r),
    places: new Map(listWorkspaces(r).map(({ name, vmName }) => [name, vmName ?? ''])),
  }));
  const create: Item = { label: `$(add) ${vscode.l10n.t('Create session…')}` };
  const chosen = await pick<Item>(
    [
      ...sessions
        .filter(({ status }) => status === 'ready')
        .map(({ name, workspaceName, agentName, account }) => {
          const who = agentName ?? account;
          return item(
            'session',
            'session.attach',
            name,
            `${who} · ${workspaceName} · ${places.get(workspaceName) ?? ''}`,
          );
        }),
      create,
    ],
    {
      title: vscode.l10n.t('Attach to session'),
      placeHolder: vscode.l10n.t('Session'),
      matchOnDescription: true,
    },
  );
  return chosen === create ? createSession(parts, {}) : chosen?.opened;
}

/** Starts a session and hands back how to attach to it. */
export async function createSession(parts: Parts, values: { workspace?: string }): Promise<Opened | undefined> {
  const output = await parts.verbs.run('session.create', values, { isQuiet: true });
  const name = (output?.data as { name?: unknown } | undefined)?.name;
  return typeof name === 'string' ? { verb: 'session.attach', args: [name] } : undefined;
}

/** A shell on a VM, in a workspace, or as an agent. */
export async function chooseShell(parts: Parts): Promise<Opened | undefined> {
  const engine = await parts.engine();
  const { vms, workspaces, agents } = await engine.database.read((r) => ({
    vms: listVms(r),
    workspaces: listWorkspaces(r),
    agents: listAgents(r),
  }));
  const chosen = await pick<Item>(
    [
      heading(vscode.l10n.t('Workspaces')),
      ...workspaces.map(({ name, vmName }) =>
        item('workspace', 'workspace.shell', name, vmName ?? vscode.l10n.t('this computer')),
      ),
      heading(vscode.l10n.t('Agents')),
      ...agents.map(({ name, vmName }) => item('agent', 'agent.shell', name, vmName)),
      heading(vscode.l10n.t('VMs, as the admin')),
      ...vms.map(({ name, adminUser }) => item('admin', 'vm.shell', name, adminUser)),
    ],
    {
      title: vscode.l10n.t('Open shell'),
      placeHolder: vscode.l10n.t('Where, and as whom'),
      matchOnDescription: true,
    },
  );
  return chosen?.opened;
}

/** For VS Code, which takes no answer without a terminal for an error: one that closes as it opens. */
export function nothing(): vscode.ExtensionTerminalOptions {
  const closing = new vscode.EventEmitter<number>();
  return {
    name: vscode.l10n.t('Nothing chosen'),
    pty: {
      onDidWrite: new vscode.EventEmitter<string>().event,
      onDidClose: closing.event,
      open: () => closing.fire(0),
      close: () => closing.dispose(),
    },
  };
}
