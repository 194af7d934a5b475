import type { BoundFile } from '../bind.ts';
import { type Finding, type Fix, keyPath } from '../problems.ts';
import { schemaAt, schemaSections } from '../schema/index.ts';
import type { KeyValue, TableSection } from '../toml/nodes.ts';
import { everyPair } from '../toml/pairs.ts';
import { tomlKey, tomlValue } from '../tomlText.ts';
import { type Edit, sectionsBelow, withLines, withoutPair, withoutTable } from './edits.ts';

const textOf = ({ document }: BoundFile, at: { start: number; end: number } | undefined): string =>
  at === undefined ? '' : document.text.slice(at.start, at.end);

const headerOf = (path: readonly string[]): string => `[${path.map(tomlKey).join('.')}]`;

export const hasKey = (file: BoundFile, path: readonly string[]): boolean => {
  const id = keyPath(path);
  for (const { path: known } of everyPair(file.document.syntax)) if (keyPath(known) === id) return true;
  return false;
};

/** Sections that have a key of this name: those of entries as their `default` template. */
function homesOf(name: string): string[][] {
  const homes: string[][] = [];
  for (const { path, section, collection } of schemaSections()) {
    const key = section.children[name];
    if (key?.kind !== 'value' || key.hasNoEffect !== undefined) continue;
    if (collection === undefined) homes.push(path);
    else if (collection.template !== undefined) homes.push([...path.slice(0, -1), 'default']);
  }
  return homes;
}

/** A key that nothing reads here goes where it is read. */
export function movesOf(file: BoundFile, { path }: Finding, pair: KeyValue): Fix[] {
  const name = path.at(-1) ?? '';
  return homesOf(name)
    .filter((home) => keyPath(home) !== keyPath(path.slice(0, -1)) && !hasKey(file, [...home, name]))
    .slice(0, 4)
    .flatMap((home) => moved(file, pair, home, name, `Move '${name}' to ${headerOf(home)}`));
}

function moved(file: BoundFile, pair: KeyValue, home: readonly string[], name: string, title: string): Fix[] {
  if (pair.value === undefined) return [];
  const lines = withLines(file, home, [`${tomlKey(name)} = ${textOf(file, pair.value)}`]);
  return lines.length === 0 ? [] : [{ title, edits: [...withoutPair(file.document.syntax, pair), ...lines] }];
}

/** Keys of the removed `[vm.config]` that belong to the admin now. */
const adminKeys: Record<string, string> = {
  admin_username: 'username',
  admin_shell: 'shell',
  admin_install_commands: 'user_install_commands',
};

const renamed = (section: TableSection, from: number, names: readonly string[]): Edit => ({
  at: {
    start: section.key.parts[0]?.start ?? section.key.start,
    end: section.key.parts[from - 1]?.end ?? section.key.end,
  },
  text: names.map(tomlKey).join('.'),
});

/** A section that is no longer read becomes the one that replaces it. */
export function replacementsOf(file: BoundFile, { path, at }: Finding, pair: KeyValue | undefined): Fix[] {
  const { syntax } = file.document;
  const id = keyPath(path);
  if (id === 'vm.config' || id === 'agent.config') {
    const target = [`${path[0]}_templates`, 'default'];
    const [section] = sectionsBelow(syntax, path);
    if (section === undefined || file.collections.get(target[0] ?? '')?.has('default') === true) return [];
    const own = path[0] === 'vm' ? section.items.filter((item) => adminKey(item) !== undefined) : [];
    const edits = own.flatMap((item) => withoutPair(syntax, item));
    const lines = own
      .filter((item) => !hasKey(file, ['admin', 'config', adminKey(item) ?? '']))
      .map((item) => `${adminKey(item)} = ${textOf(file, item.value)}`);
    if (lines.length > 0) edits.push(...withLines(file, ['admin', 'config'], lines));
    return [{ title: `Rename it to ${headerOf(target)}`, edits: [renamed(section, 2, target), ...edits] }];
  }
  if (id === 'tasks' || id === 'task_templates') {
    const sections = sectionsBelow(syntax, path).filter(({ key }) => key.parts.length > 1);
    const isFree = sections.every(
      ({ key }) => file.collections.get('session_templates')?.has(key.parts[1]?.value ?? '') !== true,
    );
    if (sections.length === 0 || !isFree) return [];
    return [
      {
        title: 'Rename to [session_templates.*]',
        edits: sections.map((section) => renamed(section, 1, ['session_templates'])),
      },
    ];
  }
  if (id === 'dotfiles') return dotfiles(file);
  if (pair !== undefined && id === 'defaults.git_credentials') {
    return hasKey(file, ['admin', 'config', 'git_credentials'])
      ? []
      : moved(file, pair, ['admin', 'config'], 'git_credentials', 'Move it to [admin.config]');
  }
  if (path.at(-1) === 'test' && schemaAt(path)?.kind === 'removed') {
    return ['test_exec', 'test_file', 'test_dir'].map((name) => ({
      title: `Rename to ${name}`,
      edits: [{ at, text: name }],
    }));
  }
  return [];
}

const adminKey = ({ key }: KeyValue): string | undefined => {
  const name = key.parts[0]?.value ?? '';
  if (Object.hasOwn(adminKeys, name)) return adminKeys[name];
  return name.startsWith('mise_') ? name : undefined;
};

/** `[dotfiles]` becomes three keys of the admin. */
function dotfiles(file: BoundFile): Fix[] {
  const { syntax } = file.document;
  const [section] = sectionsBelow(syntax, ['dotfiles']);
  if (section === undefined) return [];
  const pairs = new Map(section.items.map((pair) => [pair.key.parts[0]?.value, pair.value]));
  const repo = pairs.get('repo');
  const isOff = textOf(file, pairs.get('enabled')) === 'false';
  const source = repo?.type === 'string' ? tomlValue(`git::${repo.value}`) : textOf(file, pairs.get('source'));
  const wanted: [string, string][] = [
    ['dotfiles_source', source],
    ['dotfiles_destination', textOf(file, pairs.get('destination'))],
    ['dotfiles_install_cmd', textOf(file, pairs.get('install_cmd'))],
  ];
  const lines = wanted
    .filter(([name, text]) => text !== '' && !hasKey(file, ['admin', 'config', name]))
    .map(([name, text]) => `${name} = ${text}`);
  const edits = withoutTable(syntax, ['dotfiles']);
  if (isOff || lines.length === 0) return [{ title: 'Remove [dotfiles]', edits }];
  return [
    { title: 'Move its keys to [admin.config]', edits: [...edits, ...withLines(file, ['admin', 'config'], lines)] },
  ];
}
