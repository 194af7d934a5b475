import type { BoundFile } from '../bind.ts';
import type { Fix } from '../problems.ts';
import type { KeyValue, Span, Syntax, TableSection } from '../toml/nodes.ts';
import { everyPair } from '../toml/pairs.ts';
import { tomlKey } from '../tomlText.ts';
import { placesOf } from './places.ts';

export type Edit = Fix['edits'][number];

const cut = (start: number, end: number): Edit => ({ at: { start, end }, text: '' });

export const newlineOf = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');

/** Where the content of the line ends that the offset is on. */
export function lineEnd(text: string, offset: number): number {
  const feed = text.indexOf('\n', offset);
  if (feed < 0) return text.length;
  return text[feed - 1] === '\r' && feed > offset ? feed - 1 : feed;
}

const lineStart = (text: string, offset: number): number => text.lastIndexOf('\n', offset - 1) + 1;

/** Takes out a statement. A line that holds nothing else goes with it; a comment stays. */
function withoutStatement(text: string, { start, end }: Span): Edit {
  const from = lineStart(text, start);
  const to = lineEnd(text, end);
  const isAlone = text.slice(from, start).trim() === '';
  const rest = text.slice(end, to);
  if (isAlone && rest.trim() === '') {
    const next = text.indexOf('\n', to);
    return cut(from, next < 0 ? text.length : next + 1);
  }
  return cut(start, end + (rest.length - rest.trimStart().length));
}

/** Takes one of several things out of brackets or braces, with the comma that belongs to it. */
export function withoutItem(text: string, items: readonly Span[], item: Span): Edit[] {
  const previous = items[items.indexOf(item) - 1];
  const comma = /^[ \t]*,/.exec(text.slice(item.end))?.[0];
  if (comma === undefined) {
    const between = previous === undefined ? '' : text.slice(previous.end, item.start);
    const at = between.indexOf(',');
    if (previous === undefined || at < 0) return [cut(item.start, item.end)];
    if (!between.includes('#')) return [cut(previous.end + at, item.end)];
    return [withoutStatement(text, item)];
  }
  const end = item.end + comma.length;
  const isAlone = text.slice(lineStart(text, item.start), item.start).trim() === '';
  if (isAlone) return [withoutStatement(text, { start: item.start, end })];
  return [cut(item.start, end + (/^[ \t]*/.exec(text.slice(end))?.[0].length ?? 0))];
}

/** Takes a key with its value out of its section or inline table. */
export function withoutPair({ text, items, sections }: Syntax, pair: KeyValue): Edit[] {
  const isTop = items.includes(pair) || sections.some((section) => section.items.includes(pair));
  if (isTop) return [withoutStatement(text, pair)];
  for (const { pair: outer } of everyPair({ items, sections })) {
    if (outer.value?.type === 'inline-table' && outer.value.items.includes(pair)) {
      return withoutItem(text, outer.value.items, pair);
    }
  }
  return [];
}

const namesOf = ({ key }: TableSection): string[] => key.parts.map(({ value }) => value);

/** Headers of a table and of the tables below it. */
export const sectionsBelow = ({ sections }: Syntax, path: readonly string[]): TableSection[] =>
  sections.filter((section) => path.every((name, index) => namesOf(section)[index] === name));

/** Takes out a table with everything below it; comments stay. */
export const withoutTable = (syntax: Syntax, path: readonly string[]): Edit[] =>
  sectionsBelow(syntax, path).flatMap(({ header, items }) => [
    withoutStatement(syntax.text, header),
    ...items.map((pair) => withoutStatement(syntax.text, pair)),
  ]);

/** Where the last statement of a section ends. */
const behind = (text: string, { header, items }: TableSection): number =>
  lineEnd(text, items.at(-1)?.end ?? header.end);

/** Puts lines into a section, behind what it has; makes the section when it is not there. */
export function withLines({ document }: BoundFile, path: readonly string[], lines: readonly string[]): Edit[] {
  const { text, syntax } = document;
  const newline = newlineOf(text);
  const places = placesOf(syntax);
  const section = places.section(path);
  if (section !== undefined) {
    const at = behind(text, section);
    return [{ at: { start: at, end: at }, text: lines.map((line) => newline + line).join('') }];
  }
  const inline = places.pair(path)?.value;
  if (inline?.type === 'inline-table') {
    const at = inline.start + 1;
    const comma = inline.items.length > 0 ? ',' : ' ';
    return [{ at: { start: at, end: at }, text: ` ${lines.join(', ')}${comma}` }];
  }
  if (places.isDotted(path)) return [];
  const gap = text === '' ? '' : text.endsWith('\n') ? newline : newline + newline;
  const end = { start: text.length, end: text.length };
  const header = `[${path.map(tomlKey).join('.')}]`;
  return [{ at: end, text: gap + [header, ...lines].join(newline) + newline }];
}

/** Would both change the same text? Edits that put something into one place do not. */
export function overlap({ at: a }: Edit, { at: b }: Edit): boolean {
  if (a.start === b.start) return a.end > a.start && b.end > b.start;
  return a.start < b.start ? a.end > b.start : b.end > a.start;
}

/** The text after the edits; undefined when they overlap. */
export function edited(text: string, edits: readonly Edit[]): string | undefined {
  let result = text;
  let limit = text.length;
  for (const { at, text: put } of edits.toSorted((a, b) => b.at.start - a.at.start || b.at.end - a.at.end)) {
    if (at.end > limit) return undefined;
    result = result.slice(0, at.start) + put + result.slice(at.end);
    limit = at.start;
  }
  return result;
}
