import { type BoundFile, bindDocument } from '../../core/config/bind.ts';
import { type Edit, edited, lineEnd, newlineOf, withLines, withoutPair } from '../../core/config/fix/edits.ts';
import { parentsOf, resolveTemplate, templateKinds, templateSections, templatesOf } from '../../core/config/inherit.ts';
import type { TemplateKind } from '../../core/config/model.ts';
import type { Fix } from '../../core/config/problems.ts';
import { parseDocument } from '../../core/config/toml/document.ts';
import type { KeyValue, TableSection } from '../../core/config/toml/nodes.ts';
import { tomlKey, tomlValue } from '../../core/config/tomlText.ts';
import { templateKindOf } from '../features/hover.ts';

/** One key is no reason for another template. */
const fewestKeys = 2;

/**
 * Takes what the template of this header has in common with another one into a template that both inherit from. Offered only
 * where every template of the file ends up with the values that it had.
 */
export function extraction(file: BoundFile, section: TableSection): Fix | undefined {
  const [collection, name] = section.key.parts.map(({ value }) => value);
  const kind = templateKindOf(collection);
  if (kind === undefined || collection === undefined || name === undefined || section.key.parts.length !== 2)
    return undefined;
  let best: { other: TableSection; names: string[] } | undefined;
  for (const other of file.document.syntax.sections) {
    const isSibling = other !== section && other.key.parts.length === 2 && other.key.parts[0]?.value === collection;
    if (!isSibling) continue;
    const names = commonKeys(file, section, other);
    if (names.length >= fewestKeys && names.length > (best?.names.length ?? 0)) best = { other, names };
  }
  if (best === undefined) return undefined;
  const parent = freshName(file, kind);
  const { other, names } = best;
  const edits: Edit[] = [];
  for (const each of [section, other]) {
    const pairs = names.map((key) => pairNamed(each, key)).filter((pair) => pair !== undefined);
    edits.push(
      ...pairs.flatMap((pair) => withoutPair(file.document.syntax, pair)),
      ...inheriting(file, kind, each, parent),
    );
  }
  const lines = names.map((key) => textOf(file, pairNamed(section, key)));
  edits.push(...withLines(file, [collection, parent], lines));
  const text = edited(file.document.text, edits);
  if (text === undefined || !isSame(file, text)) return undefined;
  const title = `Extract ${names.length} keys that it shares with '${other.key.parts[1]?.value}' into '${parent}'`;
  return { title, edits };
}

const nameOf = ({ key }: KeyValue): string | undefined => (key.parts.length === 1 ? key.parts[0]?.value : undefined);

const pairNamed = ({ items }: TableSection, name: string): KeyValue | undefined =>
  items.find((pair) => nameOf(pair) === name);

const textOf = ({ document }: BoundFile, pair: KeyValue | undefined): string =>
  pair === undefined ? '' : document.text.slice(pair.start, pair.end);

const valueText = ({ document }: BoundFile, { value }: KeyValue): string =>
  value === undefined ? '' : document.text.slice(value.start, value.end);

function commonKeys(file: BoundFile, section: TableSection, other: TableSection): string[] {
  return section.items.flatMap((pair) => {
    const name = nameOf(pair);
    const match = name === undefined ? undefined : pairNamed(other, name);
    const isCommon =
      match !== undefined && pair.value !== undefined && valueText(file, pair) === valueText(file, match);
    return isCommon && name !== undefined && name !== 'inherits' ? [name] : [];
  });
}

/** The parent comes last, so that it wins over the others as the keys did. */
function inheriting(file: BoundFile, kind: TemplateKind, section: TableSection, parent: string): Edit[] {
  const path = section.key.parts.map(({ value }) => value);
  const pair = pairNamed(section, 'inherits');
  const names = parentsOf(templatesOf(file, kind).get(path[1] ?? '')).map(({ text }) => text);
  const value = tomlValue([...names, parent]);
  if (pair?.value !== undefined) return [{ at: { start: pair.value.start, end: pair.value.end }, text: value }];
  const { text } = file.document;
  const end = lineEnd(text, section.header.end);
  return [{ at: { start: end, end }, text: `${newlineOf(text)}inherits = ${value}` }];
}

function freshName(file: BoundFile, kind: TemplateKind): string {
  const known = templatesOf(file, kind);
  for (let number = 1; ; number++) {
    const name = number === 1 ? 'common' : `common-${number}`;
    if (!known.has(name)) return tomlKey(name);
  }
}

/** Do all templates that the file has keep their values? */
function isSame(file: BoundFile, text: string): boolean {
  const after = bindDocument(file.path, parseDocument(text), file.base);
  const values = (of: BoundFile, kind: TemplateKind, name: string) =>
    JSON.stringify(
      Object.entries(resolveTemplate(of, kind, name)).flatMap(([key, { value }]) =>
        key === 'inherits' ? [] : [[key, value]],
      ),
    );
  return templateKinds.every((kind) =>
    [...(file.collections.get(templateSections[kind])?.keys() ?? [])].every(
      (name) => values(file, kind, name) === values(after, kind, name),
    ),
  );
}
