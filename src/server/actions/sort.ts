import type { BoundFile } from '../../core/config/bind.ts';
import type { Fix } from '../../core/config/problems.ts';
import { schemaAt } from '../../core/config/schema/index.ts';
import type { ArrayValue, TableSection } from '../../core/config/toml/nodes.ts';

/** Lists whose order means nothing: packages are installed together, tools and sources are found by name. */
const unordered = new Set(['apt', 'snap', 'apt_packages', 'apt_sources', 'mise_packages']);

/** Sorts the items of a list by name. A comment between items speaks of its neighbour, so such a list is left alone. */
export function sortedList({ document }: BoundFile, path: readonly string[], array: ArrayValue): Fix | undefined {
  const { text } = document;
  const { items } = array;
  if (!unordered.has(path.at(-1) ?? '') || schemaAt(path)?.kind !== 'value' || !array.isClosed) return undefined;
  if (items.length < 2 || items.some((item) => item.type !== 'string' || String(item.value).startsWith('!')))
    return undefined;
  if (document.syntax.comments.some(({ start }) => start > array.start && start < array.end)) return undefined;
  const written = items.map((item) => text.slice(item.start, item.end));
  const sorted = items
    .map((item, index) => ({ name: String('value' in item ? item.value : ''), text: written[index] ?? '' }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .map((item) => item.text);
  const edits = items.flatMap(({ start, end }, index) =>
    sorted[index] === written[index] ? [] : [{ at: { start, end }, text: sorted[index] ?? '' }],
  );
  return edits.length === 0 ? undefined : { title: 'Sort this list', edits };
}

/** Puts the keys of a section in the order of the reference; each takes the comments above it along. */
export function sortedKeys({ document }: BoundFile, section: TableSection): Fix | undefined {
  const { text } = document;
  const schema = schemaAt(section.key.parts.map(({ value }) => value));
  if (schema?.kind !== 'section' || section.items.length < 2) return undefined;
  const order = Object.keys(schema.children);
  const newline = text.indexOf('\n', section.header.end);
  if (newline < 0) return undefined;
  let start = newline + 1;
  const blocks = section.items.map((pair) => {
    const feed = text.indexOf('\n', pair.end);
    const end = feed < 0 ? text.length : feed + 1;
    const block = { start, end, text: text.slice(start, end), rank: order.indexOf(pair.key.parts[0]?.value ?? '') };
    start = end;
    return block;
  });
  // Two statements on a line, an unknown key, or an open last line: nothing to be sure of.
  if (blocks.some(({ text: block, rank }) => rank < 0 || !block.endsWith('\n'))) return undefined;
  const sorted = blocks.toSorted((a, b) => a.rank - b.rank).map((block) => block.text);
  const edits = blocks.flatMap(({ start: from, end, text: block }, index) =>
    sorted[index] === block ? [] : [{ at: { start: from, end }, text: sorted[index] ?? '' }],
  );
  return edits.length === 0 ? undefined : { title: 'Sort keys as in the reference', edits };
}
