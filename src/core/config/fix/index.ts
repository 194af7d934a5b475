import type { BoundFile } from '../bind.ts';
import { credentialVariable } from '../check/names.ts';
import type { ProblemCode } from '../problemCodes.ts';
import { type Finding, type Fix, keyPath } from '../problems.ts';
import { sampleValue } from '../sample.ts';
import { configSchema, schemaAt } from '../schema/index.ts';
import { nearest } from '../suggest.ts';
import { collectionOf } from '../symbols.ts';
import type { KeyValue } from '../toml/nodes.ts';
import { innerSpan, type Where, whereAt } from '../toml/where.ts';
import { tomlKey } from '../tomlText.ts';
import { withLines, withoutItem, withoutPair, withoutTable } from './edits.ts';
import { movesOf, replacementsOf } from './moves.ts';

/** Every change that would settle a problem, the likeliest first. Found when somebody asks, not at every key. */
export const fixesOf = (file: BoundFile, finding: Finding): Fix[] => [
  ...(finding.fixes ?? []),
  ...(fixers[finding.code]?.(file, finding) ?? []).filter(({ edits }) => edits.length > 0),
];

/** Problems whose first fix says the same in the form that is wanted, so that it may be made without asking. */
export const safeCodes: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  'converted-value',
  'deprecated-key',
  'duplicate-item',
  'removed-key',
]);

type Fixer = (file: BoundFile, finding: Finding) => Fix[];

const placeOf = ({ document }: BoundFile, { at }: Finding): Where => whereAt(document.syntax, at.start);

const pairOf = (file: BoundFile, finding: Finding): KeyValue | undefined => placeOf(file, finding).pairs.at(-1);

/** Takes out what a problem is about: an item of a list, a key, or a whole table. */
function removal(file: BoundFile, finding: Finding, title?: string): Fix[] {
  const { syntax, text } = file.document;
  const { side, values, pairs } = placeOf(file, finding);
  const array = values[0];
  const item = array?.type === 'array' ? array.items.find(({ start }) => start === finding.at.start) : undefined;
  if (array?.type === 'array' && item !== undefined) {
    const shown = item.type === 'string' ? `'${item.value}'` : 'it';
    return [{ title: title ?? `Remove ${shown} from the list`, edits: withoutItem(text, array.items, item) }];
  }
  const name = keyPath(finding.path);
  const pair = pairs.at(-1);
  if (side !== 'header' && pair !== undefined)
    return [{ title: title ?? `Remove ${name}`, edits: withoutPair(syntax, pair) }];
  return [{ title: title ?? `Remove [${name}]`, edits: withoutTable(syntax, finding.path) }];
}

const remove: Fixer = (file, finding) => removal(file, finding);

/** A required key with an example of its value. */
const missingKey: Fixer = (file, { path, at }) => {
  const section = path.slice(0, -1);
  const name = path.at(-1) ?? '';
  const schema = schemaAt(path);
  if (schema?.kind !== 'value') return [];
  const value = sampleValue(schema);
  const title = `Add ${name} = ${value}`;
  const where = whereAt(file.document.syntax, at.start);
  if (where.side === 'value') return [{ title, edits: [{ at, text: value }] }];
  return [{ title, edits: withLines(file, section, [`${name} = ${value}`]) }];
};

const noKeys: Fixer = (file, { path }) => {
  const lines = ['ssh_public_key', 'ssh_private_key'].flatMap((name) => {
    const key = schemaAt(['operator', name]);
    return key?.kind === 'value' ? [`${name} = ${sampleValue(key)}`] : [];
  });
  return [{ title: 'Add the usual SSH keys', edits: withLines(file, path, lines) }];
};

/** An entry of this name, with what it must have. */
const missingEntry: Fixer = (file, finding) => {
  const schema = schemaAt(finding.path);
  const collection = schema?.kind === 'value' && 'refers' in schema ? collectionOf(schema.refers) : undefined;
  const node = collection === undefined ? undefined : configSchema.children[collection];
  const scalar = placeOf(file, finding).values.at(-1);
  if (collection === undefined || node?.kind !== 'collection' || scalar?.type !== 'string') return [];
  const name = String(scalar.value);
  const fixes = removal(file, finding);
  if (!node.names.matches.test(name) || name.includes('\n')) return fixes;
  const lines = Object.entries(node.entry.children).flatMap(([key, child]) =>
    child.kind === 'value' && child.isRequired === true ? [`${key} = ${sampleValue(child)}`] : [],
  );
  const title = `Create [${collection}.${tomlKey(name)}]`;
  return [{ title, edits: withLines(file, [collection, name], lines) }, ...fixes];
};

const unknownKey: Fixer = (file, finding) => {
  const pair = placeOf(file, finding).side === 'key' ? pairOf(file, finding) : undefined;
  const moves = pair === undefined || pair.key.parts.length > 1 ? [] : movesOf(file, finding, pair);
  return [...moves, ...removal(file, finding)];
};

const placeholder: Fixer = (file, { at, path, message }) => {
  const { text } = file.document;
  const schema = schemaAt(path) ?? schemaAt(path.slice(0, -1));
  const refers = schema?.kind === 'value' && 'refers' in schema ? schema.refers : undefined;
  if (refers?.to !== 'command') return [];
  return [...text.slice(at.start, at.end).matchAll(/\{\{(\w+)\}\}/g)].flatMap((match) => {
    const word = match[1] ?? '';
    if (refers.placeholders.includes(word) || !message.includes(match[0])) return [];
    const near = nearest(word, refers.placeholders);
    const start = at.start + match.index + 2;
    const names = near === undefined ? refers.placeholders : [near];
    return names.map((name) => ({
      title: `Change to {{${name}}}`,
      edits: [{ at: { start, end: start + word.length }, text: name }],
    }));
  });
};

/** The value goes, and the variable that takes its place is named. */
const secret: Fixer = (file, finding) => {
  const { path } = finding;
  const outer = schemaAt(path.slice(0, -1));
  const isVariable = outer?.kind === 'value' && outer.type === 'map';
  if (schemaAt(path) !== undefined && !isVariable) return [];
  const [section, name = ''] = path;
  const variable =
    section === 'git_credentials'
      ? credentialVariable(name)
      : section === 'proxmox'
        ? 'PROXMOX_TOKEN_SECRET'
        : undefined;
  if (variable === undefined) return removal(file, finding, `Remove ${keyPath(path)} from this file`);
  return removal(file, finding, `Take it from ${variable} instead`);
};

/** The same command for a restart, so that it is said here. */
const restart: Fixer = (file, finding) => {
  const value = pairOf(file, finding)?.value;
  if (value === undefined) return [];
  const text = file.document.text.slice(value.start, value.end);
  const lines = [`restart_command = ${text}`];
  return [{ title: 'Set restart_command to the same', edits: withLines(file, finding.path.slice(0, -1), lines) }];
};

const parentsDisagree: Fixer = (file, { path, related }) =>
  (related ?? []).flatMap(({ at }) => {
    const pair = whereAt(file.document.syntax, at.start).pairs.at(-1);
    const name = pair?.key.parts.at(-1)?.value;
    if (pair?.value === undefined || name === undefined) return [];
    const line = `${name} = ${file.document.text.slice(pair.value.start, pair.value.end)}`;
    return [{ title: `Set ${line} here`, edits: withLines(file, path.slice(0, -1), [line]) }];
  });

/** Puts something in front of a text, or something else for its beginning. */
const beginning =
  (from: RegExp, to: string): Fixer =>
  (file, { at, hint }) => {
    const inner = innerSpan(file.document.text, at);
    const found = from.exec(file.document.text.slice(inner.start, inner.end));
    if (found === null || hint === undefined || !hint.includes(to)) return [];
    const span = { start: inner.start, end: inner.start + found[0].length };
    return [{ title: `Begin with ${to}`, edits: [{ at: span, text: to }] }];
  };

const emptyList: Fixer = (file, finding) => [
  ...removal(file, finding),
  { title: 'Drop all inherited items: ["!*"]', edits: [{ at: finding.at, text: '["!*"]' }] },
];

const fixers: Partial<Record<ProblemCode, Fixer>> = {
  'missing-key': missingKey,
  'no-keys': noKeys,
  'unknown-reference': missingEntry,
  'unknown-key': unknownKey,
  'removed-key': (file, finding) => replacementsOf(file, finding, pairOf(file, finding)),
  'bad-placeholder': placeholder,
  'plain-secret': secret,
  'stale-restart': restart,
  'parents-disagree': parentsDisagree,
  'inheritance-cycle': remove,
  'empty-list': emptyList,
  'bad-source': beginning(/^/, 'git::'),
  'bad-url': beginning(/^http:\/\//, 'https://'),
  'catalog-source': beginning(/^http:\/\//, 'https://'),
  'no-effect': remove,
  'not-a-template': remove,
  'removes-nothing': remove,
  'repeats-inherited': remove,
  'resets-inherited': remove,
  'duplicate-item': remove,
  'unused-entry': remove,
  'unused-template': remove,
  'other-platform': remove,
};
