import { valueKeys } from './read.ts';
import { type SchemaSection, schemaSections } from './schema/index.ts';
import type { Group, ValueSchema } from './schema/types.ts';
import { tomlValue, wrapWords } from './tomlText.ts';

const width = 98;
const groups = ['Operator and platforms', 'Templates', 'Catalog'] as const satisfies readonly Group[];

/** Keys that stand uncommented: a new operator only has to correct them. */
const activeKeys = new Set(['operator.ssh_public_key', 'operator.ssh_private_key']);
const activeEntries = new Set(['vm_templates']);

/** The commented configuration file that `config init` writes: every key with its meaning and default. */
export function sampleConfig(): string {
  const lines = [
    ...comment(
      'Agentworks configuration. A key behind a # shows its default, or an example where it has none; take the # away to set it, and the # of the [header] above it as well. `agentworks config check` says what is wrong, `agentworks config show` what counts.',
    ),
  ];
  for (const group of groups) {
    lines.push('', `### ${group}`);
    for (const section of schemaSections()) if (section.group === group) lines.push('', ...sampleSection(section));
  }
  return `${lines.join('\n')}\n`;
}

function sampleSection({ path, section, collection }: SchemaSection): string[] {
  const parent = path.slice(0, -1).join('.');
  const isActive = section.isShown === true || (collection !== undefined && activeEntries.has(parent));
  const header = collection === undefined ? path.join('.') : `${parent}.${collection.sampleEntry}`;
  const lines = [...comment(collection?.doc ?? section.doc), `${isActive ? '' : '#'}[${header}]`];
  for (const [name, key] of valueKeys(section)) {
    if (key.hasNoEffect !== undefined) continue;
    const mark = activeKeys.has(`${path.join('.')}.${name}`) ? '' : '#';
    lines.push('', ...comment(keyComment(key)), `${mark}${name} = ${sampleValue(key)}`);
  }
  return lines;
}

/** Default as TOML, else an example. */
export const sampleValue = (key: ValueSchema): string =>
  key.default !== undefined && key.example === undefined ? tomlValue(key.default) : (key.example ?? '""');

/** The meaning with everything the value line does not show. */
function keyComment(key: ValueSchema): string {
  const notes = [key.doc];
  if (key.type === 'string' && key.choices !== undefined) notes.push(`One of: ${key.choices.join(', ')}.`);
  if (key.platforms !== undefined) notes.push(`Counts on: ${key.platforms.join(', ')}.`);
  if (key.isRequired === true) notes.push('Required.');
  else if (key.default === undefined && key.unset !== undefined) notes.push(`Unset: ${key.unset}.`);
  return notes.join(' ').replaceAll('`', '');
}

const comment = (text: string): string[] => wrapWords(text, width).map((line) => `# ${line}`);
