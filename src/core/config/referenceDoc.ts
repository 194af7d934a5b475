import { configSchema, type SchemaSection, schemaSections } from './schema/index.ts';
import type { RemovedSchema, SchemaNode, SectionSchema, ValueSchema } from './schema/types.ts';
import { tomlValue } from './tomlText.ts';

/** `docs/reference/config.md`: every section and key, generated from the schema. */
export function renderConfigReference(): string {
  const parts = ['# config.toml', '', introduction];
  let group = '';
  for (const section of schemaSections()) {
    if (section.group !== group) {
      group = section.group;
      parts.push(`## ${group}`, '');
    }
    parts.push(...renderSection(section));
  }
  parts.push('## Old names', '', ...table(['Key', 'What to do'], oldNames()), '');
  return parts.join('\n');
}

const introduction = `The file is \`~/.config/agentworks/config.toml\`, or what \`--config\` names. \`agentworks config init\` writes a commented one.

A leading \`~\` in a path of this machine is your home. Templates of one kind may inherit from each other: parents are applied in order, each once, then the template itself; only keys that somebody sets replace anything. Lists add to what is inherited; an item \`"!name"\` takes one out, a first item \`"!*"\` drops all.
`;

function renderSection({ path, section, collection }: SchemaSection): string[] {
  const keys = Object.entries(section.children).filter(
    (child): child is [string, ValueSchema] => child[1].kind === 'value' && child[1].deprecated === undefined,
  );
  return [
    `### \`[${path.join('.')}]\``,
    '',
    collection?.doc ?? section.doc,
    '',
    ...table(
      ['Key', 'Type', 'Default', 'Meaning'],
      keys.map(([name, key]) => [`\`${name}\``, typeText(key), defaultText(key), meaning(key)]),
    ),
    '',
  ];
}

function typeText(key: ValueSchema): string {
  if (key.type === 'string' && key.choices !== undefined)
    return key.choices.map((choice) => `\`${choice}\``).join(', ');
  if (key.type === 'integer') {
    const range = key.maximum === undefined ? `≥ ${key.minimum ?? 0}` : `${key.minimum} to ${key.maximum}`;
    return `integer, ${range}`;
  }
  const names = { string: 'text', boolean: 'boolean', list: 'list of texts', map: 'table of texts' } as const;
  return names[key.type];
}

function defaultText(key: ValueSchema): string {
  if (key.isRequired === true) return 'required';
  if (key.default !== undefined) return `\`${tomlValue(key.default)}\``;
  return key.unset ?? '–';
}

function meaning(key: ValueSchema): string {
  const notes = [key.doc];
  if (key.hasNoEffect !== undefined) notes.push(`No effect: ${key.hasNoEffect}.`);
  if (key.platforms !== undefined) notes.push(`Counts on ${key.platforms.join(', ')}.`);
  if (key.applies === 'create') notes.push('Counts when a VM is created.');
  if (key.type === 'list' && key.merge !== undefined) notes.push('Adds to what a template inherits.');
  return notes.join(' ');
}

function oldNames(): string[][] {
  const rows: string[][] = [];
  const visit = (section: SectionSchema, path: string[]) => {
    for (const [name, child] of Object.entries(section.children)) {
      const here = [...path, name];
      const text = oldNameText(child);
      if (text !== undefined) rows.push([`\`${here.join('.')}\``, text]);
      else if (child.kind === 'section') visit(child, here);
      else if (child.kind === 'collection') visit(child.entry, [...here, child.entryName]);
    }
  };
  visit(configSchema, []);
  return rows;
}

function oldNameText(node: SchemaNode): string | undefined {
  if (node.kind === 'removed') return `${removedState(node)} ${node.replacement}`;
  if (node.kind === 'alias') return `Still read. Rename it to \`${node.target}\`.`;
  if (node.kind === 'value' && node.deprecated !== undefined)
    return `Still read. Use \`${node.deprecated.replacement}\`.`;
  return undefined;
}

const removedState = (node: RemovedSchema): string => (node.severity === 'error' ? 'Refused.' : 'Not read.');

function table(head: string[], rows: string[][]): string[] {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}
