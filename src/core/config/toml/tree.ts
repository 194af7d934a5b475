import type { Key, KeyPart, KeyValue, Span, Syntax, SyntaxProblem, ValueNode } from './nodes.ts';
import { keyText } from './syntax.ts';

/** What a key means: a table, a list of tables, or a value. Spans show where it was written. */
export type TreeNode = TableNode | TablesNode | ValueLeaf;

export interface TableNode {
  kind: 'table';
  /** The first place that defines it: header key, dotted key, or the inline table. */
  at: Span;
  entries: Map<string, Entry>;
  /** `header`: has its own `[header]`. `dotted`: made by a dotted key. `implicit`: only part of a longer header. */
  origin: 'root' | 'header' | 'dotted' | 'implicit' | 'inline';
}

/** `[[x]]` written once or more. */
export interface TablesNode {
  kind: 'tables';
  at: Span;
  items: TableNode[];
}

export interface ValueLeaf {
  kind: 'value';
  at: Span;
  value: Exclude<ValueNode, { type: 'inline-table' }>;
}

export interface Entry {
  name: string;
  /** The key as written: last part of a header or of a pair's key. */
  key: Span;
  node: TreeNode;
}

interface Bookkeeping {
  isExplicit: boolean;
  /** Id of the section whose dotted keys made it; 0: none. */
  dottedBy: number;
  isFrozen: boolean;
}

/** What a loader sees of the file, with every clash of definitions in `problems`. */
export function buildTree(syntax: Syntax, problems: SyntaxProblem[]): TableNode {
  return new TreeBuilder(problems).build(syntax);
}

class TreeBuilder {
  private readonly problems: SyntaxProblem[];
  private readonly books = new Map<TableNode, Bookkeeping>();
  private nextId = 1;

  constructor(problems: SyntaxProblem[]) {
    this.problems = problems;
  }

  build(syntax: Syntax): TableNode {
    const root = this.table('root', { start: 0, end: 0 });
    const rootId = this.nextId++;
    for (const pair of syntax.items) this.define(root, rootId, pair);
    for (const section of syntax.sections) {
      const scope = this.enter(root, section.key, section.type === 'array-of-tables');
      const id = this.nextId++;
      for (const pair of section.items) this.define(scope, id, pair);
    }
    return root;
  }

  private table(origin: TableNode['origin'], at: Span, dottedBy = 0): TableNode {
    const table: TableNode = { kind: 'table', origin, at: { start: at.start, end: at.end }, entries: new Map() };
    this.books.set(table, { isExplicit: origin !== 'implicit' && origin !== 'dotted', dottedBy, isFrozen: false });
    return table;
  }

  private book(table: TableNode): Bookkeeping {
    return this.books.get(table) ?? { isExplicit: true, dottedBy: 0, isFrozen: true };
  }

  private clash(message: string, part: KeyPart, related: Span | undefined): void {
    const { start, end } = part;
    this.problems.push({ severity: 'error', code: 'toml-duplicate', message, start, end, related });
  }

  /** The table that a header opens. After a clash, a table of its own, so that its keys are still read. */
  private enter(root: TableNode, key: Key, isArray: boolean): TableNode {
    let current = root;
    for (const [index, part] of key.parts.entries()) {
      if (part.style === 'missing') return this.table('header', key);
      const isLast = index === key.parts.length - 1;
      const found = current.entries.get(part.value);
      if (isLast) return this.open(current, key, part, found, isArray);
      if (found === undefined) {
        const next = this.table('implicit', part);
        current.entries.set(part.value, { name: part.value, key: part, node: next });
        current = next;
        continue;
      }
      const next = found.node.kind === 'tables' ? found.node.items.at(-1) : found.node;
      if (next === undefined || next.kind === 'value' || this.book(next).isFrozen) {
        this.clash(`'${part.value}' is already a value, so it cannot hold a table`, part, found.key);
        return this.table('header', key);
      }
      current = next;
    }
    return current;
  }

  private open(parent: TableNode, key: Key, part: KeyPart, found: Entry | undefined, isArray: boolean): TableNode {
    const fresh = this.table('header', key);
    if (isArray) {
      if (found === undefined) {
        const node: TablesNode = { kind: 'tables', at: { start: key.start, end: key.end }, items: [fresh] };
        parent.entries.set(part.value, { name: part.value, key: part, node });
      } else if (found.node.kind === 'tables') found.node.items.push(fresh);
      else this.clash(`'${keyText(key)}' is already defined and is not a list of tables`, part, found.key);
      return fresh;
    }
    if (found === undefined) {
      parent.entries.set(part.value, { name: part.value, key: part, node: fresh });
      return fresh;
    }
    const { node } = found;
    if (node.kind !== 'table' || this.book(node).isFrozen) {
      this.clash(`'${keyText(key)}' is already defined`, part, found.key);
      return fresh;
    }
    const book = this.book(node);
    if (book.isExplicit || book.dottedBy > 0) {
      this.clash(`[${keyText(key)}] is defined more than once; put its keys under one header`, part, found.key);
      // The keys still count: one mistake must not hide what they are.
      return node;
    }
    book.isExplicit = true;
    node.origin = 'header';
    node.at = { start: key.start, end: key.end };
    found.key = part;
    return node;
  }

  private define(scope: TableNode, id: number, pair: KeyValue): void {
    let current = scope;
    const { parts } = pair.key;
    for (const [index, part] of parts.entries()) {
      if (part.style === 'missing') return;
      const found = current.entries.get(part.value);
      if (index === parts.length - 1) {
        const node = this.valueTree(pair);
        if (found !== undefined) {
          this.clash(`'${keyText(pair.key)}' is set more than once`, part, found.key);
        } else if (node !== undefined) {
          current.entries.set(part.value, { name: part.value, key: part, node });
        }
        return;
      }
      if (found === undefined) {
        const next = this.table('dotted', { start: pair.key.start, end: part.end }, id);
        current.entries.set(part.value, { name: part.value, key: part, node: next });
        current = next;
        continue;
      }
      const { node } = found;
      if (node.kind !== 'table' || this.book(node).isFrozen) {
        this.clash(`'${part.value}' is already a value, so it cannot hold keys`, part, found.key);
        return;
      }
      if (this.book(node).dottedBy !== id) {
        this.clash(`'${part.value}' is a table defined elsewhere; put this key under its header`, part, found.key);
        return;
      }
      current = node;
    }
  }

  private valueTree(pair: KeyValue): TreeNode | undefined {
    const value = pair.value ?? { type: 'missing' as const, start: pair.end, end: pair.end };
    return this.nodeOf(value);
  }

  private nodeOf(value: ValueNode): TreeNode {
    if (value.type !== 'inline-table') {
      if (value.type === 'array') for (const item of value.items) this.nodeOf(item);
      return { kind: 'value', at: { start: value.start, end: value.end }, value };
    }
    const table = this.table('inline', value);
    const id = this.nextId++;
    for (const pair of value.items) this.define(table, id, pair);
    this.freeze(table);
    return table;
  }

  /** An inline table is complete: nothing outside it may add to it. */
  private freeze(table: TableNode): void {
    this.book(table).isFrozen = true;
    for (const { node } of table.entries.values()) if (node.kind === 'table') this.freeze(node);
  }
}
