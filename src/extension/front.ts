import * as vscode from 'vscode';
import { internalCommands, schemes, terminalProfiles, tools } from './ids.ts';

type Run = (...args: unknown[]) => unknown;

/** Where the features hand in their answers to what the editor asks for by name. */
export interface Front {
  command(id: string, run: Run): vscode.Disposable;
  documents(scheme: string, provider: vscode.TextDocumentContentProvider): vscode.Disposable;
  /** Of `schemes.files`; they are read only. */
  files(provider: vscode.FileSystemProvider): vscode.Disposable;
  terminalProfile(id: string, provider: vscode.TerminalProfileProvider): vscode.Disposable;
  tool(name: string, tool: vscode.LanguageModelTool<object>): vscode.Disposable;
}

/** What `activate` still has to do: `compose` is resolved when the features are there. */
export interface PreparedFront extends Front {
  register(context: vscode.ExtensionContext, compose: () => Promise<void>): vscode.Disposable;
}

/** By name, what the features have handed in; who asks waits for the features. */
class Answers<T> {
  readonly #given = new Map<string, T>();
  readonly #features: { compose: () => Promise<void> };

  constructor(features: { compose: () => Promise<void> }) {
    this.#features = features;
  }

  give(name: string, answer: T): vscode.Disposable {
    this.#given.set(name, answer);
    return new vscode.Disposable(() => this.#given.delete(name));
  }

  async of(name: string): Promise<T> {
    await this.#features.compose();
    const answer = this.#given.get(name);
    if (answer === undefined) throw new Error(vscode.l10n.t("Agentworks has no '{0}' in this window.", name));
    return answer;
  }
}

/** Fires for what is handed in later. */
function relay<T>(): { event: vscode.Event<T>; to(event: vscode.Event<T> | undefined): void; dispose(): void } {
  const emitter = new vscode.EventEmitter<T>();
  return {
    event: emitter.event,
    to: (event) => void event?.((value) => emitter.fire(value)),
    dispose: () => emitter.dispose(),
  };
}

/**
 * Registers, while `activate` runs, all that the editor looks for the moment it has returned: it says that a command, a
 * terminal profile or a file system does not exist if that is not there by then. Views and links it waits for, so the
 * features register them when they are composed: at the first question, else soon after. What can be made before
 * `activate` is, so that only the registering is waited for.
 */
export function prepareFront(): PreparedFront {
  const features = { compose: async (): Promise<void> => undefined };
  const runs = new Answers<Run>(features);
  const providers = new Answers<vscode.TextDocumentContentProvider>(features);
  const files = new Answers<vscode.FileSystemProvider>(features);
  const profiles = new Answers<vscode.TerminalProfileProvider>(features);
  const readers = new Answers<vscode.LanguageModelTool<object>>(features);
  const changedFiles = relay<vscode.FileChangeEvent[]>();
  const changedDocuments = new Map<string, ReturnType<typeof relay<vscode.Uri>>>();
  const registrations: (() => vscode.Disposable)[] = [];
  for (const scheme of Object.values(schemes)) {
    if (scheme === schemes.files) continue;
    const changed = relay<vscode.Uri>();
    changedDocuments.set(scheme, changed);
    const provider: vscode.TextDocumentContentProvider = {
      onDidChange: changed.event,
      provideTextDocumentContent: async (uri, token) =>
        (await providers.of(scheme)).provideTextDocumentContent(uri, token),
    };
    registrations.push(() => vscode.workspace.registerTextDocumentContentProvider(scheme, provider));
  }
  const own = () => files.of(schemes.files);
  const fileSystem: vscode.FileSystemProvider = {
    onDidChangeFile: changedFiles.event,
    // Machines tell of no change; what was looked at is read again when it is opened.
    watch: () => new vscode.Disposable(() => undefined),
    stat: async (uri) => (await own()).stat(uri),
    readDirectory: async (uri) => (await own()).readDirectory(uri),
    readFile: async (uri) => (await own()).readFile(uri),
    createDirectory: async (uri) => (await own()).createDirectory(uri),
    writeFile: async (uri, content, options) => (await own()).writeFile(uri, content, options),
    delete: async (uri, options) => (await own()).delete(uri, options),
    rename: async (from, to, options) => (await own()).rename(from, to, options),
  };
  const readOnly = { isReadonly: true, isCaseSensitive: true };
  registrations.push(() => vscode.workspace.registerFileSystemProvider(schemes.files, fileSystem, readOnly));
  for (const id of Object.values(terminalProfiles)) {
    const provideTerminalProfile = async (token: vscode.CancellationToken) =>
      (await profiles.of(id)).provideTerminalProfile(token);
    registrations.push(() => vscode.window.registerTerminalProfileProvider(id, { provideTerminalProfile }));
  }
  // Editors built on VS Code may have no language models.
  if (typeof vscode.lm?.registerTool === 'function') {
    for (const name of Object.values(tools)) {
      const tool: vscode.LanguageModelTool<object> = {
        prepareInvocation: async (options, token) => (await readers.of(name)).prepareInvocation?.(options, token),
        invoke: async (options, token) => (await readers.of(name)).invoke(options, token),
      };
      registrations.push(() => vscode.lm.registerTool(name, tool));
    }
  }
  return {
    command: (id, run) => runs.give(id, run),
    documents: (scheme, provider) => {
      changedDocuments.get(scheme)?.to(provider.onDidChange);
      return providers.give(scheme, provider);
    },
    files: (provider) => {
      changedFiles.to(provider.onDidChangeFile);
      return files.give(schemes.files, provider);
    },
    terminalProfile: (id, provider) => profiles.give(id, provider),
    tool: (name, tool) => readers.give(name, tool),
    register: ({ extension }, compose) => {
      features.compose = compose;
      const { contributes } = extension.packageJSON as { contributes: { commands: { command: string }[] } };
      const all: vscode.Disposable[] = [changedFiles, ...changedDocuments.values()];
      for (const { command } of contributes.commands) all.push(commandOf(command, runs));
      for (const command of Object.values(internalCommands)) all.push(commandOf(command, runs));
      for (const register of registrations) all.push(register());
      return vscode.Disposable.from(...all);
    },
  };
}

const commandOf = (id: string, runs: Answers<Run>): vscode.Disposable =>
  vscode.commands.registerCommand(id, async (...args: unknown[]) => (await runs.of(id))(...args));
