import type { DocumentSymbol, SymbolInformation } from 'vscode-languageserver';
import { keyPath } from '../../core/config/problems.ts';
import { schemaAt } from '../../core/config/schema/index.ts';
import type { Key, KeyValue, TableSection, ValueNode } from '../../core/config/toml/nodes.ts';
import type { Client } from '../client.ts';
import type { ConfigDocument } from '../document.ts';
import { SymbolKind } from '../protocol.ts';

/** The outline: sections with their keys; entries of one collection below it. */
export function documentSymbols(
  document: ConfigDocument,
  client: Pick<Client, 'hasHierarchicalSymbols'>,
): DocumentSymbol[] | SymbolInformation[] {
  const { items, sections } = document.syntax;
  const symbols = [...items.map((pair) => pairSymbol(document, pair)), ...sectionSymbols(document, sections)];
  return client.hasHierarchicalSymbols ? symbols : symbols.flatMap((symbol) => flat(document.uri, symbol, undefined));
}

/** A header below another header belongs to it: `[session_templates.x.env]` to `[session_templates.x]`. */
function sectionSymbols(document: ConfigDocument, sections: readonly TableSection[]): DocumentSymbol[] {
  const top: DocumentSymbol[] = [];
  const open: { path: string[]; symbol: DocumentSymbol }[] = [];
  sections.forEach((section, index) => {
    const path = section.key.parts.map(({ value }) => value);
    const end = sections[index + 1]?.start ?? document.text.length;
    const symbol = sectionSymbol(document, section, path, contentEnd(document.text, section, end));
    while (open.length > 0 && !isBelow(path, open.at(-1)?.path ?? [])) open.pop();
    const parent = open.at(-1)?.symbol;
    if (parent === undefined) top.push(symbol);
    else {
      parent.children?.push(symbol);
      for (const { symbol: outer } of open) outer.range = { start: outer.range.start, end: symbol.range.end };
    }
    open.push({ path, symbol });
  });
  return top;
}

const isBelow = (path: readonly string[], parent: readonly string[]): boolean =>
  parent.length > 0 && path.length > parent.length && parent.every((name, index) => name === path[index]);

/** Blank lines and the comments of the next section are not part of this one. */
function contentEnd(text: string, section: TableSection, limit: number): number {
  const lineEnd = text.indexOf('\n', section.end);
  return Math.min(limit, lineEnd < 0 ? text.length : lineEnd);
}

function sectionSymbol(document: ConfigDocument, section: TableSection, path: string[], end: number): DocumentSymbol {
  const schema = schemaAt(path);
  return {
    name: keyPath(path) || '(no name)',
    kind: SymbolKind.Namespace,
    ...(schema === undefined ? { detail: 'not known' } : {}),
    range: document.range({ start: section.start, end: Math.max(end, section.end) }),
    selectionRange: document.range(keySpan(section.key, section.start)),
    children: section.items.map((pair) => pairSymbol(document, pair)),
  };
}

function pairSymbol(document: ConfigDocument, { key, value, start, end }: KeyValue): DocumentSymbol {
  const detail = value === undefined ? undefined : detailOf(document.text, value);
  return {
    name: keyPath(key.parts.map((part) => part.value)) || '(no name)',
    kind: value === undefined ? SymbolKind.Key : kinds[value.type],
    ...(detail === undefined ? {} : { detail }),
    range: document.range({ start, end }),
    selectionRange: document.range(keySpan(key, start)),
    children: value?.type === 'inline-table' ? value.items.map((pair) => pairSymbol(document, pair)) : [],
  };
}

const keySpan = ({ start, end }: Key, from: number) => ({ start: Math.max(start, from), end: Math.max(end, from) });

const longestDetail = 40;

/** The value in one short line; texts of several lines show their first. */
function detailOf(text: string, { start, end }: ValueNode): string {
  const written = text.slice(start, end).replace(/\s+/g, ' ');
  return written.length > longestDetail ? `${written.slice(0, longestDetail - 1)}…` : written;
}

const kinds: Record<ValueNode['type'], SymbolKind> = {
  string: SymbolKind.String,
  integer: SymbolKind.Number,
  float: SymbolKind.Number,
  boolean: SymbolKind.Boolean,
  datetime: SymbolKind.Constant,
  'local-datetime': SymbolKind.Constant,
  'local-date': SymbolKind.Constant,
  'local-time': SymbolKind.Constant,
  array: SymbolKind.Array,
  'inline-table': SymbolKind.Object,
  invalid: SymbolKind.Key,
  missing: SymbolKind.Key,
};

function flat(uri: string, symbol: DocumentSymbol, container: string | undefined): SymbolInformation[] {
  const { name, kind, range, children = [] } = symbol;
  return [
    { name, kind, location: { uri, range }, ...(container === undefined ? {} : { containerName: container }) },
    ...children.flatMap((child) => flat(uri, child, name)),
  ];
}
