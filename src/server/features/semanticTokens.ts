import type { Range, SemanticTokens, SemanticTokensDelta, SemanticTokensEdit } from 'vscode-languageserver';
import type { ConfigDocument } from '../document.ts';
import type { Documents } from '../documents.ts';
import { tokenModifiers, tokenTypes } from './offered.ts';
import { type Token, tokensOf } from './tokens.ts';

/** Numbers per token: line and column from the one before, length, type, modifiers. */
const width = 5;

/** As the protocol counts them. A token of several lines is one per line, as every client can show it. */
export function encodedTokens(document: ConfigDocument, range?: Range): number[] {
  const wanted = range === undefined ? { start: 0, end: document.text.length } : document.span(range);
  const data: number[] = [];
  let line = 0;
  let column = 0;
  for (const token of tokensOf(document)) {
    if (token.end <= wanted.start || token.start >= wanted.end) continue;
    for (const { start, end } of byLine(document, token)) {
      const from = document.positionAt(start);
      const length = document.positionAt(end).character - from.character;
      if (length <= 0) continue;
      data.push(from.line - line, from.line === line ? from.character - column : from.character, length);
      data.push(tokenTypes.indexOf(token.type), bits(token));
      line = from.line;
      column = from.character;
    }
  }
  return data;
}

function* byLine({ lines }: ConfigDocument, { start, end }: Token): Generator<{ start: number; end: number }> {
  for (let line = lines.lineAt(start); line <= lines.lineAt(end); line++) {
    yield { start: Math.max(start, lines.startOf(line)), end: Math.min(end, lines.endOf(line)) };
  }
}

const bits = ({ modifiers }: Token): number =>
  modifiers.reduce((sum, modifier) => sum | (1 << tokenModifiers.indexOf(modifier)), 0);

interface Sent {
  resultId: string;
  data: number[];
}

/** What each client has of each open file, so that it can be told only what is new. */
const sent = new WeakMap<Documents, Map<string, Sent>>();

function remember(documents: Documents, { uri, version }: ConfigDocument, data: number[]): string {
  const known = sent.get(documents) ?? new Map<string, Sent>();
  sent.set(documents, known);
  for (const other of known.keys()) if (!documents.uris.includes(other)) known.delete(other);
  const resultId = String(version);
  known.set(uri, { resultId, data });
  return resultId;
}

export function fullTokens(document: ConfigDocument, documents: Documents): SemanticTokens {
  const data = encodedTokens(document);
  return { resultId: remember(documents, document, data), data };
}

export function tokensDelta(
  document: ConfigDocument,
  previousResultId: string,
  documents: Documents,
): SemanticTokens | SemanticTokensDelta {
  const before = sent.get(documents)?.get(document.uri);
  if (before === undefined || before.resultId !== previousResultId) return fullTokens(document, documents);
  const data = encodedTokens(document);
  return { resultId: remember(documents, document, data), edits: editsBetween(before.data, data) };
}

/** At most one edit: what is between the tokens that are the same at both ends. */
export function editsBetween(before: readonly number[], after: readonly number[]): SemanticTokensEdit[] {
  const least = Math.min(before.length, after.length);
  let head = 0;
  while (head < least && before[head] === after[head]) head++;
  head -= head % width;
  let tail = 0;
  while (tail < least - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  tail -= tail % width;
  if (head + tail === before.length && head + tail === after.length) return [];
  return [{ start: head, deleteCount: before.length - head - tail, data: after.slice(head, after.length - tail) }];
}
