import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { commands } from '../../core/commands/table.ts';
import { AppError } from '../../core/errors.ts';
import { settings } from '../ids.ts';
import { isShared, looks, nameIn, type Opened, type Role, roleOf, wordsFor } from './plan.ts';
import { type Remembered, remember } from './restore.ts';

const titles: Readonly<Record<Role, (name: string, verb: string) => string>> = {
  session: (name) => vscode.l10n.t('{0} (session)', name),
  admin: (name) => vscode.l10n.t('{0} (admin)', name),
  workspace: (name) => vscode.l10n.t('{0} (workspace)', name),
  agent: (name) => vscode.l10n.t('{0} (agent)', name),
  other: (name, verb) => `${name} (${verb.replaceAll('.', ' ')})`,
};

/** The terminals of this window that run our CLI. */
export class TerminalRegistry {
  readonly #open = new Map<vscode.Terminal, Opened>();
  readonly #context: vscode.ExtensionContext;
  #active: vscode.Terminal | undefined;

  constructor(context: vscode.ExtensionContext) {
    this.#context = context;
    context.subscriptions.push(
      vscode.window.onDidCloseTerminal((terminal) => {
        if (!this.#open.delete(terminal)) return;
        // The window goes, and its terminals with it: they come back.
        if (terminal.exitStatus?.reason !== vscode.TerminalExitReason.Shutdown) this.#remember();
      }),
      vscode.window.onDidChangeActiveTerminal((terminal) => {
        if (terminal === undefined || terminal === this.#active) return;
        this.#active = terminal;
        if (this.#open.size > 0) this.#remember();
      }),
    );
  }

  /** How VS Code starts a terminal for it. */
  options(opened: Opened, isRestored = false): vscode.TerminalOptions {
    const command = commands.find(({ id }) => id === opened.verb);
    if (command === undefined) throw new AppError('internal', `There is no verb '${opened.verb}'.`);
    const setting = vscode.workspace.getConfiguration();
    const role = roleOf(opened.verb);
    const { icon, color } = looks[role];
    const home = setting.get<string>(settings.home)?.trim();
    const words = wordsFor(command, opened, {
      isRestored,
      configFile: setting.get<string>(settings.configFile)?.trim() ?? '',
      mayWriteClipboard: setting.get<boolean>(settings.clipboard) === true,
    });
    return {
      name: titles[role](nameIn(opened.args), opened.verb),
      shellPath: process.execPath,
      shellArgs: [vscode.Uri.joinPath(this.#context.extensionUri, 'dist', 'agentworks.cjs').fsPath, ...words],
      env: { ELECTRON_RUN_AS_NODE: '1', ...(home ? { AGENTWORKS_HOME: home } : {}) },
      // A folder of this side keeps the terminal on this side where the window's folders are elsewhere.
      cwd: vscode.Uri.file(homedir()),
      iconPath: new vscode.ThemeIcon(icon),
      ...(color === undefined ? {} : { color: new vscode.ThemeColor(color) }),
      // VS Code would start the program again without knowing what it is for.
      isTransient: true,
    };
  }

  open(opened: Opened, isPreserveFocus = false): void {
    const known = isShared(opened) ? this.#find(opened) : undefined;
    const terminal = known ?? vscode.window.createTerminal(this.options(opened));
    this.#open.set(terminal, opened);
    this.#active = terminal;
    terminal.show(isPreserveFocus);
    this.#remember();
  }

  /** One that VS Code has made from `options`: it says so when it is there. */
  expect(opened: Opened): void {
    const { name } = this.options(opened);
    const opening = vscode.window.onDidOpenTerminal((terminal) => {
      if (terminal.creationOptions.name !== name) return;
      opening.dispose();
      this.#open.set(terminal, opened);
      this.#active = terminal;
      // VS Code shows the terminal that is the last one when it has the options, and ours may not be there by then.
      terminal.show();
      this.#remember();
    });
    this.#context.subscriptions.push(opening);
  }

  /** Opens what was open when the window was reloaded. Takes the focus from nobody. */
  restore(before: readonly Remembered[]): void {
    const isInEditors = vscode.workspace.getConfiguration('terminal.integrated').get('defaultLocation') === 'editor';
    const place = isInEditors ? { location: { viewColumn: vscode.ViewColumn.Active, preserveFocus: true } } : {};
    for (const { isActive, verb, args } of before) {
      const opened = { verb, args };
      // Somebody was quicker.
      if (isShared(opened) && this.#find(opened) !== undefined) continue;
      const terminal = vscode.window.createTerminal({ ...this.options(opened, true), ...place });
      this.#open.set(terminal, opened);
      if (!isActive) continue;
      this.#active = terminal;
      terminal.show(true);
    }
    this.#remember();
  }

  #find({ args }: Opened): vscode.Terminal | undefined {
    const found = [...this.#open].find(([, one]) => isShared(one) && one.args.join('\0') === args.join('\0'));
    return found?.[0].exitStatus === undefined ? found?.[0] : undefined;
  }

  #remember(): void {
    const lasting = [...this.#open].filter(([, { verb }]) => roleOf(verb) !== 'other');
    const kept = lasting.map(([terminal, { verb, args }]) => ({
      verb,
      args,
      isActive: terminal === this.#active,
    }));
    remember(this.#context, kept);
  }
}
