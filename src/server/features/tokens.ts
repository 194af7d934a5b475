import { builtInFile } from '../../core/config/catalog/catalog.ts';
import { schemaAt } from '../../core/config/schema/index.ts';
import type { SchemaNode } from '../../core/config/schema/types.ts';
import type { Occurrence } from '../../core/config/symbols.ts';
import type { KeyPart, Span, ValueNode } from '../../core/config/toml/nodes.ts';
import type { ConfigDocument } from '../document.ts';
import { templateKindOf } from './hover.ts';
import type { tokenModifiers, tokenTypes } from './offered.ts';
import { placeholdersIn, placeholdersOf } from './placeholders.ts';

export type TokenType = (typeof tokenTypes)[number];
export type TokenModifier = (typeof tokenModifiers)[number];

export interface Token extends Span {
  type: TokenType;
  modifiers: TokenModifier[];
}

/** What each piece of the text means, in order and without overlaps. */
export function tokensOf(document: ConfigDocument): Token[] {
  const tokens: Token[] = [];
  const symbols = new Map(document.symbols.all.map((symbol) => [symbol.at.start, symbol]));
  const add = ({ start, end }: Span, type: TokenType, modifiers: TokenModifier[] = []) => {
    if (end > start) tokens.push({ start, end, type, modifiers });
  };
  const symbolOf = (span: Span): Occurrence | undefined => symbols.get(span.start) ?? symbols.get(span.start + 1);

  const key = (parts: readonly KeyPart[], outer: readonly string[], isHeader: boolean) => {
    const path = [...outer];
    let above = schemaAt(path);
    parts.forEach((part, index) => {
      path.push(part.value);
      const schema = schemaAt(path);
      const symbol = symbolOf(part);
      const isName = symbol !== undefined && symbol.role !== 'reference' && path.length === 2;
      if (isName) add(part, typeOf(symbol), modifiersOf(document, symbol));
      else add(part, isHeader && index === 0 ? 'namespace' : 'property', keyModifiers(schema, above));
      above = schema;
    });
  };
  const value = (node: ValueNode, path: readonly string[]): void => {
    if (node.type === 'array') for (const item of node.items) value(item, path);
    else if (node.type === 'inline-table') {
      for (const pair of node.items) {
        key(pair.key.parts, path, false);
        if (pair.value !== undefined) value(pair.value, [...path, ...pair.key.parts.map((part) => part.value)]);
      }
    } else if (node.type === 'string') text(node, path);
    else if (node.type === 'boolean') add(node, 'keyword');
    else if (node.type !== 'invalid' && node.type !== 'missing') add(node, 'number');
  };
  const text = (node: Span & { value?: unknown }, path: readonly string[]) => {
    const schema = schemaAt(path) ?? schemaAt(path.slice(0, -1));
    const placeholders = placeholdersOf(schema);
    const symbol = symbolOf(node) ?? symbols.get(node.start + 2) ?? undefined;
    const isName = symbol !== undefined && symbol.at.end <= node.end && ['reference', 'removal'].includes(symbol.role);
    const pieces: Token[] = isName
      ? [{ ...symbol.at, type: typeOf(symbol), modifiers: modifiersOf(document, symbol) }]
      : placeholders !== undefined
        ? placeholdersIn(document.text, node, placeholders).map(({ at, isKnown }) => ({
            ...at,
            type: 'parameter',
            modifiers: isKnown ? [] : ['unresolved'],
          }))
        : [];
    const isChoice = schema?.kind === 'value' && schema.type === 'string' && schema.choices !== undefined;
    let from = node.start;
    for (const piece of pieces) {
      add({ start: from, end: piece.start }, 'string');
      add(piece, piece.type, piece.modifiers);
      from = piece.end;
    }
    add({ start: from, end: node.end }, isChoice && pieces.length === 0 ? 'enumMember' : 'string');
  };

  const { items, sections, comments } = document.syntax;
  const pairs = (own: typeof items, outer: readonly string[]) => {
    for (const pair of own) {
      key(pair.key.parts, outer, false);
      if (pair.value !== undefined) value(pair.value, [...outer, ...pair.key.parts.map((part) => part.value)]);
    }
  };
  pairs(items, []);
  for (const section of sections) {
    key(section.key.parts, [], true);
    pairs(
      section.items,
      section.key.parts.map((part) => part.value),
    );
  }
  for (const comment of comments) add(comment, 'comment');
  return tokens.sort((a, b) => a.start - b.start);
}

const typeOf = ({ collection }: Occurrence): TokenType => (templateKindOf(collection) === undefined ? 'type' : 'class');

function modifiersOf(document: ConfigDocument, { collection, name, role }: Occurrence): TokenModifier[] {
  const isBuiltIn = builtInFile().collections.get(collection)?.has(name) === true;
  if (role === 'definition' || role === 'mention')
    return ['declaration', ...(isBuiltIn ? (['override'] as const) : [])];
  const existence = document.symbols.existence(collection, name);
  if (existence === 'missing') return ['unresolved'];
  return existence === 'built-in' ? ['defaultLibrary'] : isBuiltIn ? ['override'] : [];
}

/** Names of variables in a table of texts are nobody's to know. */
function keyModifiers(schema: SchemaNode | undefined, above: SchemaNode | undefined): TokenModifier[] {
  if (schema === undefined) return above?.kind === 'value' && above.type === 'map' ? [] : ['unresolved'];
  return isDeprecated(schema) ? ['deprecated'] : [];
}

const isDeprecated = (schema: SchemaNode): boolean =>
  schema.kind === 'removed' ||
  schema.kind === 'alias' ||
  (schema.kind === 'value' && (schema.deprecated !== undefined || schema.hasNoEffect !== undefined));
