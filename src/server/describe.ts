import type { Effective, Origin, TemplateKind } from '../core/config/model.ts';
import { keyPath } from '../core/config/problems.ts';
import type { SchemaNode, ValueSchema } from '../core/config/schema/types.ts';
import { tomlValue } from '../core/config/tomlText.ts';
import { inlineCode, paragraphs } from '../core/markdown.ts';

/** The type of a key in few words: `integer ≥ 1, GiB`. */
export function typeText(key: ValueSchema): string {
  switch (key.type) {
    case 'string':
      return key.choices === undefined ? 'text' : key.choices.map((choice) => tomlValue(choice)).join(' | ');
    case 'integer': {
      const range =
        key.maximum === undefined
          ? key.minimum === undefined
            ? ''
            : ` ≥ ${key.minimum}`
          : ` ${key.minimum} … ${key.maximum}`;
      return `integer${range}${key.unit === undefined ? '' : `, ${key.unit}`}`;
    }
    case 'boolean':
      return 'boolean';
    case 'list':
      return 'list of texts';
    case 'map':
      return 'table of texts';
  }
}

/** What holds without the key, as TOML; undefined where nothing does. */
export const defaultText = (key: ValueSchema): string | undefined =>
  key.default === undefined ? undefined : tomlValue(key.default);

/** Markdown that explains a key, without its name. */
export function keyDoc(key: ValueSchema): string {
  const facts: string[] = [];
  if (key.isRequired === true) facts.push('Required.');
  else if (key.default !== undefined) facts.push(`Default: ${inlineCode(tomlValue(key.default))}.`);
  else if (key.unset !== undefined) facts.push(`Without it: ${key.unset}.`);
  if (key.platforms !== undefined) facts.push(`Counts on ${key.platforms.join(', ')}.`);
  if (key.applies !== undefined)
    facts.push(`Takes effect at ${key.applies === 'create' ? 'create' : 'create and reinit'}.`);
  if (key.type === 'list' && key.merge !== undefined) facts.push('Adds to what a template inherits.');
  return paragraphs(
    key.doc,
    facts.join(' '),
    key.deprecated === undefined ? undefined : `Old name: ${key.deprecated.says}.`,
    key.hasNoEffect === undefined ? undefined : `**No effect.** ${key.hasNoEffect}.`,
  );
}

/** Markdown that explains anything the schema knows. */
export function schemaDoc(schema: SchemaNode): string {
  switch (schema.kind) {
    case 'value':
      return keyDoc(schema);
    case 'section':
    case 'collection':
    case 'alias':
      return schema.doc;
    case 'removed':
      return `**${schema.says}.** ${schema.replacement}`;
  }
}

/** A key as it is introduced: `vm_templates.dev.cpus: integer ≥ 1`. */
export const keySignature = (path: readonly string[], schema: SchemaNode): string =>
  schema.kind === 'value' ? `${keyPath(path)}: ${typeText(schema)}` : `[${keyPath(path)}]`;

/** Where a value comes from, in a fragment of Markdown. */
export function originText(origin: Origin): string {
  switch (origin.from) {
    case 'default':
      return 'the default';
    case 'file':
      return `set here, line ${origin.line}`;
    case 'template':
      return `from ${tableCode(origin.template)}, line ${origin.line}`;
  }
}

/** A resolved template as a table: only what somebody sets, with where each value comes from. */
export function effectiveTable(values: Record<string, Effective<unknown>>): string | undefined {
  const rows = Object.entries(values)
    .filter(([key, { origin }]) => key !== 'inherits' && origin.from !== 'default')
    .map(([key, { value, origin }]) => `| ${tableCode(key)} | ${cell(value)} | ${originText(origin)} |`);
  return rows.length === 0 ? undefined : ['| Key | Value | From |', '| --- | --- | --- |', ...rows].join('\n');
}

const longestCell = 60;

function cell(value: unknown): string {
  const text = value === undefined ? '' : tomlValue(value);
  const short = text.length > longestCell ? `${text.slice(0, longestCell - 1)}…` : text;
  return tableCode(short);
}

/** A bar would end the cell of a table, also inside code. */
const tableCode = (text: string): string => inlineCode(text.replaceAll('|', '¦'));

export const kindTitles: Record<TemplateKind, string> = {
  vm: 'VM template',
  agent: 'Agent template',
  workspace: 'Workspace template',
  session: 'Session template',
};
