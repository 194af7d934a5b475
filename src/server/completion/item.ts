import type { CompletionItem, CompletionItemKind } from 'vscode-languageserver';
import type { Span } from '../../core/config/toml/nodes.ts';
import type { Client } from '../client.ts';
import type { ConfigDocument } from '../document.ts';
import { CompletionItemTag, InsertTextFormat } from '../protocol.ts';

/** What `completionItem/resolve` needs to explain an item. */
export type Explains =
  | { about: 'schema'; path: string[] }
  | { about: 'entry'; uri: string; collection: string; name: string };

/** One thing that can stand at the caret. */
export interface Candidate {
  label: string;
  kind: CompletionItemKind;
  /** Replaces `at`. */
  insert: string;
  at: Span;
  /** What the client compares with the text between the start of `at` and the caret; default: the label. */
  filter?: string;
  /** The same with tab stops, for clients that have them. */
  snippet?: string | undefined;
  detail?: string | undefined;
  /** In grey behind the label: where it comes from. */
  from?: string | undefined;
  /** Items sort by it, then by their order. */
  rank?: number;
  isDeprecated?: boolean;
  explains?: Explains | undefined;
}

/** Candidates as the client takes them, in their order. */
export const itemsOf = (document: ConfigDocument, candidates: readonly Candidate[], client: Client): CompletionItem[] =>
  candidates.map((candidate, index) => itemOf(document, candidate, index, client));

function itemOf(document: ConfigDocument, candidate: Candidate, index: number, client: Client): CompletionItem {
  const { label, kind, insert, at, filter, snippet, detail, from, rank = 5, isDeprecated, explains } = candidate;
  const hasStops = client.hasSnippets && snippet !== undefined;
  const item: CompletionItem = {
    label,
    kind,
    sortText: `${rank}${String(index).padStart(4, '0')}`,
    filterText: filter ?? label,
    textEdit: { range: document.range(at), newText: hasStops ? snippet : insert },
  };
  if (hasStops) item.insertTextFormat = InsertTextFormat.Snippet;
  if (detail !== undefined) item.detail = detail;
  if (from !== undefined) {
    if (client.hasLabelDetails) item.labelDetails = { description: from };
    else item.detail = detail === undefined ? from : `${detail} (${from})`;
  }
  if (isDeprecated === true && client.hasItemTags) item.tags = [CompletionItemTag.Deprecated];
  if (explains !== undefined) item.data = explains;
  return item;
}

/** Text inside a snippet, where three characters have a meaning. */
export const snippetText = (text: string): string => text.replace(/[\\$}]/g, (sign) => `\\${sign}`);

/** Text inside the choice of a snippet. */
export const snippetChoice = (choices: readonly string[]): string =>
  choices.map((choice) => choice.replace(/[\\$},|]/g, (sign) => `\\${sign}`)).join(',');
