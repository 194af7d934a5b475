import * as vscode from 'vscode';
import { showFailure } from '../commands/failure.ts';
import { commands, settings, terminalProfiles } from '../ids.ts';
import type { Parts, Register, Terminals } from '../parts.ts';
import { thingsOf } from '../thing.ts';
import { putOnPath } from './path.ts';
import type { Opened } from './plan.ts';
import type { TerminalRegistry } from './registry.ts';
import { toRestore } from './restore.ts';

const registries = new WeakMap<vscode.ExtensionContext, Promise<TerminalRegistry>>();

/** Made when the first terminal is opened, or comes back. */
function registryOf(context: vscode.ExtensionContext): Promise<TerminalRegistry> {
  const known = registries.get(context);
  if (known !== undefined) return known;
  const made = import('./registry.ts').then(({ TerminalRegistry }) => new TerminalRegistry(context));
  registries.set(context, made);
  return made;
}

export function createTerminals({ context }: Parts): Terminals {
  return {
    open: async (verb, args, options) => (await registryOf(context)).open({ verb, args }, options?.isPreserveFocus),
  };
}

export const register: Register = (parts) => {
  const { context } = parts;
  const command = (id: string, title: string, run: (argument: unknown, selection: unknown) => Promise<void>) =>
    parts.front.command(id, async (argument, selection) => {
      await run(argument, selection).catch((error: unknown) => showFailure(parts, title, error));
    });
  const profile = (
    id: string,
    title: string,
    choose: (profiles: typeof import('./profiles.ts')) => Promise<Opened | undefined>,
  ): vscode.Disposable =>
    parts.front.terminalProfile(id, {
      provideTerminalProfile: async () => {
        const profiles = await import('./profiles.ts');
        const opened = await choose(profiles).catch((error: unknown) => {
          showFailure(parts, title, error);
          return undefined;
        });
        if (opened === undefined) return new vscode.TerminalProfile(profiles.nothing());
        const registry = await registryOf(context);
        registry.expect(opened);
        return new vscode.TerminalProfile(registry.options(opened));
      },
    });
  // Read before anything can be opened: what is opened from now on is remembered in the same place.
  const before = toRestore(context);
  const setUp = async (): Promise<void> => {
    if (before.length > 0) (await registryOf(context)).restore(before);
    await putOnPath(parts);
  };
  void setUp().catch((error: unknown) => parts.log.error(`Terminals: ${String(error)}`));
  return vscode.Disposable.from(
    profile(terminalProfiles.session, 'Attach to session', ({ chooseSession }) => chooseSession(parts)),
    profile(terminalProfiles.shell, 'Open shell', ({ chooseShell }) => chooseShell(parts)),
    command(commands.createSessionHere, 'Create session', async (argument, selection) => {
      const { createSession } = await import('./profiles.ts');
      const here = thingsOf(argument, selection).find(({ kind }) => kind === 'workspace');
      const opened = await createSession(parts, here === undefined ? {} : { workspace: here.name });
      if (opened !== undefined) await parts.terminals.open(opened.verb, opened.args);
    }),
    command(commands.installInPath, "Install 'agentworks' command", async () =>
      (await import('./shimFiles.ts')).installInPath(parts),
    ),
    command(commands.uninstallFromPath, "Uninstall 'agentworks' command", async () =>
      (await import('./shimFiles.ts')).uninstallFromPath(parts),
    ),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(settings.addToPath)) void putOnPath(parts);
    }),
  );
};
