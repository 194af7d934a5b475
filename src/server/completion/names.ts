import { builtInFile } from '../../core/config/catalog/catalog.ts';
import { applicationOrder, miseTool } from '../../core/config/inherit.ts';
import type { ListNode } from '../../core/config/schema/types.ts';
import { oneLine } from '../../core/markdown.ts';
import type { ConfigDocument, Place } from '../document.ts';
import { templateKindOf } from '../features/hover.ts';
import type { Fleet } from '../fleet.ts';
import { CompletionItemKind } from '../protocol.ts';
import type { Suggestion } from './values.ts';

/** Names of a collection that may stand here: the file's own, then what comes with the program. */
export function entryNames(document: ConfigDocument, place: Place, collection: string): Suggestion[] {
  const { file, symbols, uri } = document;
  const kind = templateKindOf(collection);
  const [, self = ''] = place.path;
  return symbols
    .names(collection)
    .filter((name) => kind === undefined || !applicationOrder(file, kind, name).includes(self))
    .map((name): Suggestion => {
      const isOwn = symbols.existence(collection, name) === 'own';
      const builtIn = builtInFile().collections.get(collection)?.get(name);
      const entry = file.collections.get(collection)?.get(name) ?? builtIn;
      const description = entry?.values.get('description')?.value;
      return {
        label: name,
        kind: kind === undefined ? CompletionItemKind.Module : CompletionItemKind.Class,
        detail: typeof description === 'string' && description !== '' ? description : undefined,
        from: !isOwn ? 'built-in' : builtIn === undefined ? 'yours' : 'overrides built-in',
        rank: isOwn ? 1 : 2,
        explains: { about: 'entry', uri, collection, name },
      };
    });
}

/** VM hosts of the state file; none while it cannot be read. */
export async function vmHosts({ file }: ConfigDocument, fleet: Pick<Fleet, 'vmHosts'>): Promise<Suggestion[]> {
  const hosts = await fleet.vmHosts(file.path).catch(() => []);
  return hosts.map(({ name, sshHost }) => ({
    label: oneLine(name),
    kind: CompletionItemKind.Reference,
    detail: oneLine(sshHost),
    from: 'VM host',
    rank: 1,
  }));
}

/** Items that take something out of what the template inherits. */
export function removals(document: ConfigDocument, { path }: Place, schema: ListNode): Suggestion[] {
  const [collection, name = '', key = ''] = path;
  const kind = templateKindOf(collection);
  if (kind === undefined || schema.merge === undefined) return [];
  const names = new Set<string>();
  for (const parent of applicationOrder(document.file, kind, name).slice(0, -1)) {
    for (const item of document.effective(kind, parent)[key]?.items ?? []) names.add(item.name);
  }
  if (names.size === 0) return [];
  const items = [...names].map((item) => (schema.merge === 'append-by-tool' ? miseTool(item).tool : item));
  return [
    ...items.map((item) => ({
      label: `!${item}`,
      kind: CompletionItemKind.Operator,
      from: 'drops inherited',
      rank: 6,
    })),
    { label: '!*', kind: CompletionItemKind.Operator, from: 'drops all inherited', rank: 6 },
  ];
}

const mostUsed = 50;

/** What the same key has in other sections of the file. */
export function usedElsewhere(document: ConfigDocument, { path }: Place): Suggestion[] {
  const key = path.at(-1);
  const found = new Set<string>();
  for (const { path: other, bound } of document.file.keys) {
    if (other.at(-1) !== key || other.join('\n') === path.join('\n')) continue;
    if (bound.schema.type === 'list') {
      for (const { text } of bound.items) if (!text.startsWith('!')) found.add(text);
    } else if (bound.schema.type === 'integer') found.add(String(bound.value));
    if (found.size >= mostUsed) break;
  }
  return [...found].map((label) => ({ label, kind: CompletionItemKind.Value, from: 'used in this file', rank: 3 }));
}
