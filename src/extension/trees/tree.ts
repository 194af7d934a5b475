import type { Thing, ThingKind } from '../thing.ts';
import { idOf, type Row, type Rows } from './model.ts';

/** `none`, or the kind of thing that stands above. */
export type Grouping = 'none' | 'vm' | 'workspace';

export interface Shown {
  kind: ThingKind;
  grouping: Grouping;
  /** Words that must all be found in a row. */
  filter: string;
}

/** One element of a tree. The object is the same for as long as the thing is shown; its row is the latest. */
export class Node implements Thing {
  readonly kind: ThingKind;
  readonly name: string;
  readonly id: string;
  row: Row;
  parent: Node | undefined;
  /** Of a group: what stands below. Undefined: nothing ever does. */
  children: readonly Node[] | undefined;
  /** How many of them need a look. */
  looks = 0;

  constructor(row: Row) {
    this.kind = row.kind;
    this.name = row.name;
    this.id = row.id;
    this.row = row;
  }

  get isUnfinished(): boolean {
    return this.row.view.verbs.some((verb) => verb === 'create');
  }
}

/** What is to be drawn again: everything, or these nodes with what stands below. */
export type Change = 'all' | readonly Node[];

export interface Updated {
  change: Change;
  /** Rows that pass the filter, of how many there are; groups are not counted. */
  shown: number;
  total: number;
}

/** Beyond it, drawing everything is less work than finding each. */
const mostChanged = 200;

const wordsOf = (filter: string): string[] =>
  filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
const passes = (row: Row, words: readonly string[]): boolean => words.every((word) => row.search.includes(word));
const byName = (a: Thing, b: Thing): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
const isSameList = (a: readonly Node[] | undefined, b: readonly Node[]): boolean =>
  a !== undefined && a.length === b.length && a.every((one, i) => one === b[i]);

/** The nodes of one view. */
export class Tree {
  #nodes: ReadonlyMap<string, Node> = new Map();
  #roots: readonly Node[] = [];

  get roots(): readonly Node[] {
    return this.#roots;
  }

  find(thing: Thing): Node | undefined {
    return this.#nodes.get(idOf(thing));
  }

  update(rows: Rows, { kind, grouping, filter }: Shown): Updated {
    const words = wordsOf(filter);
    const kept = rows[kind].filter((row) => passes(row, words)).sort(byName);
    const nodes = new Map<string, Node>();
    const changed = new Set<Node>();
    const put = (row: Row): Node => {
      const old = this.#nodes.get(row.id);
      const node = old ?? new Node(row);
      if (node.row.print !== row.print) changed.add(node);
      node.row = row;
      nodes.set(row.id, node);
      return node;
    };
    const leaves = kept.map((row) => {
      const leaf = put(row);
      leaf.parent = undefined;
      leaf.children = undefined;
      return leaf;
    });
    const roots = grouping === 'none' ? leaves : grouped(leaves, rows[grouping], grouping, put, changed);
    const isAll = changed.size > mostChanged || !isSameList(this.#roots, roots);
    this.#nodes = nodes;
    this.#roots = roots;
    // A group is drawn with all that stands below it.
    const smallest = [...changed].filter((node) => node.parent === undefined || !changed.has(node.parent));
    return { change: isAll ? 'all' : smallest, shown: leaves.length, total: rows[kind].length };
  }
}

/** Groups that hold something, and what belongs to none. */
function grouped(
  leaves: readonly Node[],
  above: readonly Row[],
  by: Exclude<Grouping, 'none'>,
  put: (row: Row) => Node,
  changed: Set<Node>,
): Node[] {
  const below = new Map<string, Node[]>();
  const groups = new Map(above.map((row) => [row.name, row]));
  const loose: Node[] = [];
  for (const leaf of leaves) {
    const name = leaf.row[by];
    if (name === undefined || !groups.has(name)) {
      loose.push(leaf);
      continue;
    }
    const list = below.get(name);
    if (list === undefined) below.set(name, [leaf]);
    else list.push(leaf);
  }
  const roots = above.flatMap((row) => {
    const children = below.get(row.name);
    if (children === undefined) return [];
    const group = put(row);
    const looks = children.filter((one) => one.row.look !== undefined).length;
    if (looks !== group.looks || !isSameList(group.children, children)) changed.add(group);
    group.looks = looks;
    group.parent = undefined;
    group.children = children;
    for (const child of children) child.parent = group;
    return [group];
  });
  return [...roots, ...loose].sort(byName);
}
