import * as vscode from 'vscode';
import { contextKeys, views as ids } from '../ids.ts';
import type { Parts } from '../parts.ts';
import { label, notice } from '../text.ts';
import type { Thing, ThingKind } from '../thing.ts';
import { dragAndDrop } from './dragAndDrop.ts';
import { lookCount } from './looks.ts';
import { isWatchedInBackground, type ViewOptions } from './options.ts';
import { TreeProvider } from './provider.ts';
import type { Node, Updated } from './tree.ts';

const viewOf = {
  vm: ids.vms,
  workspace: ids.workspaces,
  agent: ids.agents,
  session: ids.sessions,
} as const satisfies Record<ThingKind, string>;
const kinds = Object.keys(viewOf) as ThingKind[];

interface KindView {
  provider: TreeProvider;
  view: vscode.TreeView<Node>;
}

/** The four trees, with what stands above their rows and beside their icon. */
export class TreeViews implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #options: ViewOptions;
  readonly #views: ReadonlyMap<ThingKind, KindView>;
  readonly #disposables: vscode.Disposable;
  readonly #contexts = new Map<string, unknown>();
  #wasSeen = false;
  #fresh: { dispose(): void } | undefined;

  constructor(parts: Parts, options: ViewOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#views = new Map(kinds.map((kind) => [kind, this.#create(kind)]));
    const views = [...this.#views.values()];
    this.#disposables = vscode.Disposable.from(
      ...views.flatMap(({ provider, view }) => [view, provider]),
      ...views.map(({ view }) => view.onDidChangeVisibility(() => this.#look())),
      parts.fleet.onDidChange(() => this.#update()),
      options.onDidChange(() => {
        this.#update();
        this.#look();
      }),
    );
    this.#update();
    this.#look();
  }

  /** Shows the row of a thing that is on record; without a word when there is none. */
  async reveal(thing: Thing): Promise<void> {
    const { provider, view } = this.#views.get(thing.kind) ?? {};
    if (provider === undefined || view === undefined) return;
    if (provider.find(thing) === undefined) await this.#parts.fleet.refresh();
    if (provider.find(thing) === undefined && this.#options.filter !== '') this.#options.filter = '';
    const node = provider.find(thing);
    if (node !== undefined) await view.reveal(node, { select: true, focus: false, expand: true });
  }

  dispose(): void {
    this.#fresh?.dispose();
    this.#disposables.dispose();
  }

  #create(kind: ThingKind): KindView {
    const parts = this.#parts;
    const provider = new TreeProvider(
      parts.fleet,
      () => this.#options.shown(kind),
      kind === 'workspace'
        ? async (row, signal) => (await import('./gitLines.ts')).gitLines(parts, row, signal)
        : undefined,
    );
    const view = vscode.window.createTreeView(viewOf[kind], {
      treeDataProvider: provider,
      canSelectMany: true,
      showCollapseAll: kind === 'session',
      ...(kind === 'agent' || kind === 'workspace' ? { dragAndDropController: dragAndDrop(parts, kind) } : {}),
    });
    return { provider, view };
  }

  /** Machines are asked while one of the views is seen; afterwards only if the operator wants to be told. */
  #look(): void {
    const isSeen = [...this.#views.values()].some(({ view }) => view.visible);
    this.#wasSeen ||= isSeen;
    if (isSeen || (this.#wasSeen && isWatchedInBackground())) this.#fresh ??= this.#parts.fleet.keepFresh();
    else {
      this.#fresh?.dispose();
      this.#fresh = undefined;
    }
  }

  #update(): void {
    const { state } = this.#parts.fleet;
    for (const [kind, { provider, view }] of this.#views) {
      const message = this.#message(kind, provider.update()) ?? '';
      // Each time it is set is a message to the window.
      if (view.message !== message) view.message = message;
    }
    const looks = lookCount(state.rows.session);
    const view = this.#views.get('session')?.view;
    if (view !== undefined && view.badge?.value !== (looks === 0 ? undefined : looks)) {
      const tooltip =
        looks === 1 ? vscode.l10n.t('1 session needs a look') : vscode.l10n.t('{0} sessions need a look', looks);
      view.badge = looks === 0 ? undefined : { value: looks, tooltip };
    }
    this.#context(contextKeys.fleet, state.status);
    this.#context(
      contextKeys.hasUnanswering,
      state.rows.vm.some((row) => row.stale !== undefined),
    );
  }

  /** Above the rows; where there are none, a welcome view says it. */
  #message(kind: ThingKind, { shown, total }: Updated): string | undefined {
    const { state } = this.#parts.fleet;
    if (total === 0) return undefined;
    if (state.status === 'error') {
      const what = vscode.l10n.t('The record cannot be read; these rows were last read.');
      return notice(`${what} ${state.error.message}`);
    }
    const filter = this.#options.filter.trim();
    const filtered = filter === '' ? undefined : vscode.l10n.t('{0} of {1} have "{2}"', shown, total, label(filter));
    // Once is enough: the rows of all views are grey.
    const silent =
      state.status === 'unreachable' && kind === 'vm'
        ? vscode.l10n.t('No VM answers; the rows of all views are what was last known.')
        : undefined;
    return [silent, filtered].filter((one) => one !== undefined).join(' ') || undefined;
  }

  #context(key: string, value: unknown): void {
    if (this.#contexts.get(key) === value) return;
    this.#contexts.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}
