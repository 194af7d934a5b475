import * as vscode from 'vscode';
import type { Thing } from '../thing.ts';
import type { Fleet } from './fleet.ts';
import { treeItem } from './item.ts';
import type { Row } from './model.ts';
import { type Node, type Shown, Tree, type Updated } from './tree.ts';

/** One tree, whatever kind it shows: the kind's view decides how a row looks and what can be done with it. */
export class TreeProvider implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #fleet: Fleet;
  readonly #shown: () => Shown;
  /** Lines for the tooltip that are looked up when somebody points at a row. */
  readonly #more: (row: Row, signal: AbortSignal) => Promise<readonly string[]>;
  readonly #tree = new Tree();
  readonly #changed = new vscode.EventEmitter<Node[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(
    fleet: Fleet,
    shown: () => Shown,
    more: (row: Row, signal: AbortSignal) => Promise<readonly string[]> = async () => [],
  ) {
    this.#fleet = fleet;
    this.#shown = shown;
    this.#more = more;
    this.#tree.update(fleet.state.rows, shown());
  }

  /** Takes what the fleet knows now, and has VS Code draw the smallest part that is another. */
  update(): Updated {
    const updated = this.#tree.update(this.#fleet.state.rows, this.#shown());
    if (updated.change === 'all') this.#changed.fire(undefined);
    else if (updated.change.length > 0) this.#changed.fire([...updated.change]);
    return updated;
  }

  find(thing: Thing): Node | undefined {
    return this.#tree.find(thing);
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (node !== undefined) return [...(node.children ?? [])];
    // VS Code shows that it waits.
    if (this.#fleet.state.status === 'loading') await this.#fleet.refresh();
    return [...this.#tree.roots];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return treeItem(node);
  }

  getParent(node: Node): Node | undefined {
    return node.parent;
  }

  async resolveTreeItem(item: vscode.TreeItem, node: Node, token: vscode.CancellationToken): Promise<vscode.TreeItem> {
    const controller = new AbortController();
    const cancelled = token.onCancellationRequested(() => controller.abort());
    try {
      const [{ tooltipText }, more] = await Promise.all([
        import('./tooltip.ts'),
        this.#more(node.row, controller.signal).catch(() => []),
      ]);
      item.tooltip = new vscode.MarkdownString(tooltipText(node.row, Date.now(), more));
    } finally {
      cancelled.dispose();
    }
    return item;
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
