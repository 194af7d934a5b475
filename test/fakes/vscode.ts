import type * as vscode from 'vscode';

/**
 * The few parts of VS Code's API that the extension's own logic uses, behaving as they do there: emitters fire, trees ask
 * their providers, settings change and say so. Tests that need more of the editor run in it (test/editor).
 */

export class Disposable {
  readonly #callOnDispose: () => unknown;
  constructor(callOnDispose: () => unknown) {
    this.#callOnDispose = callOnDispose;
  }
  static from(...all: { dispose(): unknown }[]): Disposable {
    return new Disposable(() => {
      for (const one of all) one.dispose();
    });
  }
  dispose(): unknown {
    return this.#callOnDispose();
  }
}

export class EventEmitter<T> {
  readonly #listeners = new Set<(value: T) => unknown>();
  readonly event = (listener: (value: T) => unknown, self?: unknown): Disposable => {
    const bound = self === undefined ? listener : listener.bind(self);
    this.#listeners.add(bound);
    return new Disposable(() => this.#listeners.delete(bound));
  };
  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }
  dispose(): void {
    this.#listeners.clear();
  }
}

export class ThemeColor {
  readonly id: string;
  constructor(id: string) {
    this.id = id;
  }
}

export class ThemeIcon {
  readonly id: string;
  readonly color: ThemeColor | undefined;
  constructor(id: string, color?: ThemeColor) {
    this.id = id;
    this.color = color;
  }
}

export class MarkdownString {
  value: string;
  isTrusted: boolean | undefined;
  supportHtml: boolean | undefined;
  supportThemeIcons: boolean | undefined;
  constructor(value = '', supportThemeIcons = false) {
    this.value = value;
    this.supportThemeIcons = supportThemeIcons;
  }
}

export class Uri {
  readonly scheme: string;
  readonly path: string;
  private constructor(scheme: string, path: string) {
    this.scheme = scheme;
    this.path = path;
  }
  static from({ scheme, path = '' }: { scheme: string; path?: string }): Uri {
    return new Uri(scheme, path);
  }
  static file(path: string): Uri {
    return new Uri('file', path);
  }
  static joinPath(base: Uri, ...parts: string[]): Uri {
    return new Uri(base.scheme, [base.path, ...parts].join('/'));
  }
  get fsPath(): string {
    return this.path;
  }
  toString(): string {
    return `${this.scheme}:${encodeURI(this.path)}`;
  }
}

export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 } as const;
export const StatusBarAlignment = { Left: 1, Right: 2 } as const;
export const ConfigurationTarget = { Global: 1, Workspace: 2, WorkspaceFolder: 3 } as const;
export const ProgressLocation = { SourceControl: 1, Window: 10, Notification: 15 } as const;

export class TreeItem {
  label: string;
  collapsibleState: number;
  id?: string;
  description?: string;
  constructor(label: string, collapsibleState: number = TreeItemCollapsibleState.None) {
    this.label = label;
    this.collapsibleState = collapsibleState;
  }
}

export class FileDecoration {
  readonly badge: string | undefined;
  readonly tooltip: string | undefined;
  readonly color: ThemeColor | undefined;
  constructor(badge?: string, tooltip?: string, color?: ThemeColor) {
    this.badge = badge;
    this.tooltip = tooltip;
    this.color = color;
  }
}

export class DataTransferItem {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
  async asString(): Promise<string> {
    return typeof this.value === 'string' ? this.value : JSON.stringify(this.value);
  }
}

/** Several items may have one type. */
export class DataTransfer {
  readonly #items: [string, DataTransferItem][] = [];
  set(type: string, item: DataTransferItem): void {
    this.#items.push([type, item]);
  }
  [Symbol.iterator](): Iterator<[string, DataTransferItem]> {
    return this.#items[Symbol.iterator]();
  }
}

const fill = (text: string, values: readonly unknown[]): string =>
  text.replace(/\{(\d+)\}/g, (_, index) => String(values[Number(index)]));
export const l10n = { t: (text: string, ...values: unknown[]): string => fill(text, values) };

type Element = object;

/** A view that was drawn: asks its provider for what it shows, as far as it has been told that it is another. */
export class FakeTreeView<T extends Element> {
  readonly id: string;
  readonly provider: vscode.TreeDataProvider<T>;
  readonly options: vscode.TreeViewOptions<T>;
  readonly #visibility = new EventEmitter<{ visible: boolean }>();
  readonly onDidChangeVisibility = this.#visibility.event;
  /** Every element whose part of the tree was drawn again; undefined for the whole. */
  readonly drawn: (T | undefined)[] = [];
  readonly revealed: { element: T; options: unknown }[] = [];
  message = '';
  badge: { value: number; tooltip: string } | undefined;
  visible = false;
  isDisposed = false;

  constructor(id: string, options: vscode.TreeViewOptions<T>) {
    this.id = id;
    this.options = options;
    this.provider = options.treeDataProvider;
    this.provider.onDidChangeTreeData?.((changed) => {
      for (const one of Array.isArray(changed) ? changed : [changed ?? undefined])
        this.drawn.push(one as T | undefined);
    });
  }

  show(visible = true): void {
    this.visible = visible;
    this.#visibility.fire({ visible });
  }

  /** `label | description` of every row, indented, as a person reads them. */
  async rows(): Promise<string[]> {
    const below = async (element: T | undefined, indent: string): Promise<string[]> => {
      const children = (await this.provider.getChildren(element)) ?? [];
      const lists = await Promise.all(
        children.map(async (child) => {
          const item = (await this.provider.getTreeItem(child)) as TreeItem;
          const row = `${indent}${item.label} | ${item.description ?? ''}`;
          return item.collapsibleState === TreeItemCollapsibleState.None
            ? [row]
            : [row, ...(await below(child, `${indent}  `))];
        }),
      );
      return lists.flat();
    };
    return below(undefined, '');
  }

  async reveal(element: T, options: unknown): Promise<void> {
    this.revealed.push({ element, options });
  }

  dispose(): void {
    this.isDisposed = true;
  }
}

interface Message {
  level: 'information' | 'warning' | 'error';
  text: string;
  options: { modal?: boolean; detail?: string } | undefined;
  actions: string[];
}

/** A progress notification: what it said, and the button that cancels it. */
export interface FakeProgress {
  title: string;
  messages: string[];
  isDone: boolean;
  cancel(): void;
}

class FakeStatusBarItem {
  readonly id: string;
  name = '';
  text = '';
  tooltip = '';
  command = '';
  isShown = false;
  backgroundColor: ThemeColor | undefined;
  accessibilityInformation: unknown;
  constructor(id: string) {
    this.id = id;
  }
  show(): void {
    this.isShown = true;
  }
  dispose(): void {
    this.isShown = false;
  }
}

/** What the editor was told to show, and what the person in front of it does. */
export const editor = {
  views: new Map<string, FakeTreeView<Element>>(),
  messages: [] as Message[],
  /** Chosen of a message's or picker's entries; undefined closes it. */
  answer: (_text: string, _choices: readonly string[]): string | undefined => undefined,
  commands: new Map<string, (...args: unknown[]) => unknown>(),
  executed: [] as { command: string; args: unknown[] }[],
  contexts: new Map<string, unknown>(),
  settings: new Map<string, unknown>(),
  statusBar: [] as FakeStatusBarItem[],
  decorations: [] as vscode.FileDecorationProvider[],
  inputs: [] as FakeInputBox[],
  progress: [] as FakeProgress[],
  /** Text of the documents that are shown, by title. */
  documents: new Map<string, string>(),
  providers: new Map<string, vscode.TextDocumentContentProvider>(),
  fileSystems: new Map<string, vscode.FileSystemProvider>(),
  profiles: new Map<string, vscode.TerminalProfileProvider>(),
  uriHandlers: [] as vscode.UriHandler[],
  configured: new EventEmitter<{ affectsConfiguration(id: string): boolean }>(),
  configure(id: string, value: unknown): void {
    editor.settings.set(id, value);
    editor.configured.fire({ affectsConfiguration: (section) => id.startsWith(section) });
  },
  view<T extends Element>(id: string): FakeTreeView<T> {
    const view = editor.views.get(id);
    if (view === undefined) throw new Error(`There is no view ${id}`);
    return view as unknown as FakeTreeView<T>;
  },
  reset(): void {
    for (const list of [editor.messages, editor.executed, editor.statusBar, editor.decorations, editor.inputs])
      list.length = 0;
    editor.progress.length = 0;
    for (const map of [editor.views, editor.commands, editor.contexts, editor.settings]) map.clear();
    for (const map of [editor.documents, editor.providers, editor.fileSystems, editor.profiles]) map.clear();
    editor.uriHandlers.length = 0;
    editor.configured.dispose();
    editor.answer = () => undefined;
  },
};

export class FakeInputBox {
  readonly #value = new EventEmitter<string>();
  readonly #accept = new EventEmitter<void>();
  readonly #hide = new EventEmitter<void>();
  readonly onDidChangeValue = this.#value.event;
  readonly onDidAccept = this.#accept.event;
  readonly onDidHide = this.#hide.event;
  title = '';
  placeholder = '';
  ignoreFocusOut = false;
  value = '';
  show(): void {}
  hide(): void {
    this.#hide.fire();
  }
  dispose(): void {}
  type(text: string): void {
    this.value = text;
    this.#value.fire(text);
  }
  accept(): void {
    this.#accept.fire();
  }
}

const message =
  (level: Message['level']) =>
  async (text: string, ...rest: unknown[]): Promise<unknown> => {
    const isOptions = typeof rest[0] === 'object' && rest[0] !== null && !('title' in rest[0]);
    const options = isOptions ? (rest.shift() as Message['options']) : undefined;
    // Buttons are texts, or objects with a title; the one that was pressed is what comes back.
    const buttons = rest as (string | { title: string })[];
    const titleOf = (button: string | { title: string }): string =>
      typeof button === 'string' ? button : button.title;
    const actions = buttons.map(titleOf);
    editor.messages.push({ level, text, options, actions });
    const chosen = editor.answer(text, actions);
    return buttons.find((button) => titleOf(button) === chosen);
  };

const logLevels = Object.fromEntries(['info', 'warn', 'error', 'debug'].map((level) => [level, () => undefined]));

export const window = {
  createTreeView<T extends Element>(id: string, options: vscode.TreeViewOptions<T>): FakeTreeView<T> {
    const view = new FakeTreeView<T>(id, options);
    editor.views.set(id, view as unknown as FakeTreeView<Element>);
    return view;
  },
  createStatusBarItem(id: string): FakeStatusBarItem {
    const item = new FakeStatusBarItem(id);
    editor.statusBar.push(item);
    return item;
  },
  createOutputChannel: () => ({ ...logLevels, show: () => undefined, dispose: () => undefined }),
  createInputBox(): FakeInputBox {
    const input = new FakeInputBox();
    editor.inputs.push(input);
    return input;
  },
  registerFileDecorationProvider(provider: vscode.FileDecorationProvider): Disposable {
    editor.decorations.push(provider);
    return new Disposable(() => editor.decorations.splice(editor.decorations.indexOf(provider), 1));
  },
  registerTerminalProfileProvider(id: string, provider: vscode.TerminalProfileProvider): Disposable {
    editor.profiles.set(id, provider);
    return new Disposable(() => editor.profiles.delete(id));
  },
  registerUriHandler(handler: vscode.UriHandler): Disposable {
    editor.uriHandlers.push(handler);
    return new Disposable(() => editor.uriHandlers.splice(editor.uriHandlers.indexOf(handler), 1));
  },
  showInformationMessage: message('information'),
  showWarningMessage: message('warning'),
  showErrorMessage: message('error'),
  async showQuickPick<T extends { label: string }>(items: readonly T[], { title = '' }: { title?: string } = {}) {
    const labels = items.map((one) => one.label);
    const chosen = editor.answer(title, labels);
    return items.find((one) => one.label === chosen);
  },
  async withProgress<T>(
    { title = '' }: { title?: string },
    task: (progress: unknown, token: unknown) => Promise<T>,
  ): Promise<T> {
    const cancelled = new EventEmitter<void>();
    const shown: FakeProgress = { title, messages: [], isDone: false, cancel: () => cancelled.fire() };
    editor.progress.push(shown);
    const report = ({ message = '' }: { message?: string }): void => void shown.messages.push(message);
    try {
      return await task({ report }, { onCancellationRequested: cancelled.event });
    } finally {
      shown.isDone = true;
    }
  },
  async showTextDocument({ uri, text }: { uri: Uri; text: string }): Promise<void> {
    editor.documents.set(uri.path.slice(1), text);
  },
};

export const commands = {
  registerCommand(id: string, run: (...args: unknown[]) => unknown): Disposable {
    if (editor.commands.has(id)) throw new Error(`command '${id}' already exists`);
    editor.commands.set(id, run);
    return new Disposable(() => editor.commands.delete(id));
  },
  async executeCommand(id: string, ...args: unknown[]): Promise<unknown> {
    if (id === 'setContext') {
      editor.contexts.set(String(args[0]), args[1]);
      return undefined;
    }
    editor.executed.push({ command: id, args });
    return editor.commands.get(id)?.(...args);
  },
};

export const workspace = {
  getConfiguration: () => ({
    get: (id: string) => editor.settings.get(id),
    update: async (id: string, value: unknown) => editor.configure(id, value),
  }),
  onDidChangeConfiguration: editor.configured.event,
  registerTextDocumentContentProvider(scheme: string, provider: vscode.TextDocumentContentProvider): Disposable {
    editor.providers.set(scheme, provider);
    return new Disposable(() => editor.providers.delete(scheme));
  },
  registerFileSystemProvider(scheme: string, provider: vscode.FileSystemProvider): Disposable {
    editor.fileSystems.set(scheme, provider);
    return new Disposable(() => editor.fileSystems.delete(scheme));
  },
  textDocuments: [] as vscode.TextDocument[],
  onDidOpenTextDocument: new EventEmitter<{ uri: Uri }>().event,
  onDidCloseTextDocument: new EventEmitter<{ uri: Uri }>().event,
  async openTextDocument(uri: Uri): Promise<{ uri: Uri; text: string }> {
    const provider = editor.providers.get(uri.scheme);
    const text = await provider?.provideTextDocumentContent(uri as unknown as vscode.Uri, undefined as never);
    return { uri, text: text ?? '' };
  },
};

export const languages = { setTextDocumentLanguage: async <T>(document: T): Promise<T> => document };
export const QuickInputButtons = { Back: {} };
export const QuickPickItemKind = { Separator: -1, Default: 0 } as const;
export const InputBoxValidationSeverity = { Info: 1, Warning: 2, Error: 3 } as const;

export const ExtensionKind = { UI: 1, Workspace: 2 } as const;

export class FileSystemError extends Error {
  static NoPermissions(text: string): FileSystemError {
    return new FileSystemError(text);
  }
}

export class TerminalProfile {
  readonly options: unknown;
  constructor(options: unknown) {
    this.options = options;
  }
}

export const env = { remoteName: undefined as string | undefined };
