import type { BoundFile, BoundSection } from '../bind.ts';
import {
  applicationOrder,
  defaultTemplate,
  itemIdentity,
  maximumDepth,
  mergeList,
  parentsOf,
  remove,
  templateKinds,
  templateSections,
  templatesOf,
} from '../inherit.ts';
import type { TemplateKind } from '../model.ts';
import { keyPath } from '../problems.ts';
import { meant, nearest } from '../suggest.ts';
import type { Span } from '../toml/nodes.ts';
import type { BoundValue, ListItem } from '../values.ts';

/** Inheritance: unknown parents, cycles, and items that change nothing. */
export function checkTemplates(file: BoundFile): void {
  for (const kind of templateKinds) {
    checkParents(file, kind);
    checkCycles(file, kind);
    checkLists(file, kind);
  }
  checkRestartCommands(file);
  checkPlatformKeys(file);
}

function checkParents(file: BoundFile, kind: TemplateKind): void {
  const section = templateSections[kind];
  const templates = templatesOf(file, kind);
  for (const [name, template] of templates) {
    for (const parent of parentsOf(template)) {
      if (templates.has(parent.text) || parent.text === defaultTemplate || parent.text.startsWith('!')) continue;
      const near = nearest(parent.text, templates.keys());
      file.problems.error(
        'unknown-reference',
        parent.at,
        [section, name, 'inherits'],
        `${keyPath([section, name])}.inherits: there is no ${kind} template '${parent.text}'`,
        near === undefined
          ? { hint: `Add [${section}.${parent.text}], or correct the name.` }
          : meant(file, parent.at, near),
      );
    }
  }
}

function checkCycles(file: BoundFile, kind: TemplateKind): void {
  const section = templateSections[kind];
  const templates = templatesOf(file, kind);
  const done = new Set<string>();
  const chain: string[] = [];
  const visit = (name: string) => {
    if (done.has(name)) return;
    chain.push(name);
    for (const parent of parentsOf(templates.get(name))) {
      const from = chain.indexOf(parent.text);
      if (from < 0) {
        if (!templates.has(parent.text)) continue;
        if (chain.length <= maximumDepth) visit(parent.text);
        else if (!done.has(parent.text)) tooDeep(file, [section, name, 'inherits'], parent.at);
        continue;
      }
      const members = chain.slice(from);
      file.problems.error(
        'inheritance-cycle',
        parent.at,
        [section, name, 'inherits'],
        `${keyPath([section, name])}.inherits closes a cycle: ${[...members, parent.text].join(' → ')}`,
        {
          hint: `Take '${parent.text}' out of this list.`,
          related: members
            .filter((member) => member !== name)
            .map((member) => ({ message: `'${member}' is part of it`, at: templates.get(member)?.at ?? parent.at })),
        },
      );
    }
    chain.pop();
    done.add(name);
  };
  for (const name of templates.keys()) visit(name);
}

function tooDeep(file: BoundFile, path: string[], at: Span): void {
  file.problems.error(
    'inheritance-depth',
    at,
    path,
    `${keyPath(path)} is more than ${maximumDepth} templates away from the one that ends the chain`,
  );
}

interface Removal {
  path: string[];
  item: BoundValue['items'][number];
}

function checkLists(file: BoundFile, kind: TemplateKind): void {
  const section = templateSections[kind];
  const templates = templatesOf(file, kind);
  const idle = new Map<BoundValue['items'][number], Removal>();
  const useful = new Set<BoundValue['items'][number]>();
  const marked = keysWithMarks(templates);
  for (const [name, { values }] of templates) {
    const lists = new Map<string, BoundValue['items']>();
    for (const member of applicationOrder(file, kind, name)) {
      for (const [key, bound] of templates.get(member)?.values ?? []) {
        const { schema } = bound;
        if (schema.type !== 'list' || schema.merge === undefined) continue;
        // Only the template's own lists are judged here, and marks, which may be of use in a child only.
        if (!values.has(key) && !marked.has(key)) continue;
        const inherited = lists.get(key) ?? [];
        const path = [section, member, key];
        if (member === name && bound.items.length === 0 && inherited.length > 0) emptyList(file, bound, path);
        const current = new Map(inherited.map((item) => [itemIdentity(schema, item.text), item]));
        for (const item of bound.items) {
          if (!item.text.startsWith('!')) {
            const known = current.get(itemIdentity(schema, item.text));
            if (member === name && known?.text === item.text) repeatedItem(file, path, item, known);
            continue;
          }
          const hits = item.text === '!*' ? current.size > 0 : remove(schema, current, item.text.slice(1));
          if (item.text === '!*') current.clear();
          if (hits) useful.add(item);
          else idle.set(item, { path, item });
        }
        lists.set(key, mergeList(schema, inherited, bound.items));
      }
    }
  }
  for (const { path, item } of idle.values()) {
    if (useful.has(item)) continue;
    const what = item.text === '!*' ? 'there is nothing to drop' : `'${item.text.slice(1)}' is not inherited`;
    file.problems.warn('removes-nothing', item.at, path, `${keyPath(path)}: ${what}`);
  }
}

function keysWithMarks(templates: ReadonlyMap<string, BoundSection>): Set<string> {
  const keys = new Set<string>();
  for (const { values } of templates.values()) {
    for (const [key, { items }] of values) if (items.some(({ text }) => text.startsWith('!'))) keys.add(key);
  }
  return keys;
}

function repeatedItem(file: BoundFile, path: string[], item: ListItem, inherited: ListItem): void {
  const message = `${keyPath(path)}: '${item.text}' is inherited already`;
  file.problems.add('info', 'repeats-inherited', item.at, path, message, {
    related: [{ message: 'Inherited from here', at: inherited.at }],
  });
}

function emptyList(file: BoundFile, bound: BoundValue, path: string[]): void {
  file.problems.warn(
    'empty-list',
    bound.at,
    path,
    `${keyPath(path)} is empty, and lists add to what is inherited, so it changes nothing`,
    { hint: 'Write ["!*"] to drop all inherited items, or ["!name"] to drop one.' },
  );
}

function checkRestartCommands(file: BoundFile): void {
  const templates = templatesOf(file, 'session');
  for (const [name, template] of templates) {
    const command = template.values.get('command');
    if (command === undefined || template.values.has('restart_command')) continue;
    const before = applicationOrder(file, 'session', name).slice(0, -1);
    const setter = before.findLast((member) => hasCommandKey(templates.get(member)));
    const restart = setter === undefined ? undefined : templates.get(setter)?.values.get('restart_command');
    if (restart === undefined || restart.value === '') continue;
    file.problems.add(
      'info',
      'stale-restart',
      command.key,
      ['session_templates', name, 'command'],
      `session_templates.${name} sets command, so the restart_command of '${setter}' does not count here`,
      { hint: 'Set restart_command here too if a restart should run something else.' },
    );
  }
}

const hasCommandKey = (section: BoundSection | undefined): boolean =>
  section?.values.has('command') === true || section?.values.has('restart_command') === true;

/** Only where the file says which platform is meant: `--platform` can always name another. */
function checkPlatformKeys(file: BoundFile): void {
  const platform = file.sections.get('defaults')?.values.get('platform')?.value;
  if (typeof platform !== 'string') return;
  for (const [name, template] of templatesOf(file, 'vm')) {
    for (const [key, { schema, key: at }] of template.values) {
      if (schema.platforms === undefined || schema.platforms.includes(platform)) continue;
      const path = ['vm_templates', name, key];
      file.problems.add('info', 'other-platform', at, path, `${keyPath(path)} does nothing on ${platform}`, {
        hint: `It counts on ${schema.platforms.join(', ')}.`,
      });
    }
  }
}
