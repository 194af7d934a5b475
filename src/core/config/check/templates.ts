import type { BoundFile, BoundSection } from '../bind.ts';
import {
  applicationOrder,
  defaultTemplate,
  maximumDepth,
  parentsOf,
  templateKinds,
  templateSections,
  templatesOf,
} from '../inherit.ts';
import type { TemplateKind } from '../model.ts';
import { keyPath } from '../problems.ts';
import { meant, nearestEntry } from '../suggest.ts';
import type { Span } from '../toml/nodes.ts';
import { checkLists } from './lists.ts';

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
      const near = nearestEntry(file, section, parent.text, () => templates.keys());
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
