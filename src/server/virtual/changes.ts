import { templateKinds, templateSections, templatesOf } from '../../core/config/inherit.ts';
import type { TemplateKind } from '../../core/config/model.ts';
import { keyPath } from '../../core/config/problems.ts';
import { schemaAt } from '../../core/config/schema/index.ts';
import { tomlValue } from '../../core/config/tomlText.ts';
import { oneLine } from '../../core/markdown.ts';
import { type Change, changesBetween } from '../../core/vm/changes.ts';
import type { ConfigDocument } from '../document.ts';
import type { TemplateUser } from '../fleet.ts';
import { appliedTo, reinitialized, resolvedToday } from '../today.ts';

export interface ChangesInput {
  saved: ConfigDocument;
  edited: ConfigDocument;
  /** Undefined when the state file cannot be read. */
  users: readonly TemplateUser[] | undefined;
}

/**
 * What saving the edited file would change, as a diff: every template, then every VM and agent after its next reinit.
 * Behind it the machines that are outdated without this edit.
 */
export async function changesText({ saved, edited, users }: ChangesInput): Promise<string> {
  const templates = templateKinds.flatMap((kind) => templateHunks(kind, saved, edited, users ?? []));
  const { hunks, outdated, notes } = await machineHunks(saved, edited, users ?? []);
  const isSame = templates.length === 0 && hunks.length === 0;
  const lines = [
    isSame
      ? '# The edit changes no template and no live machine.'
      : '# What the edit would change. Machines change when they are reinitialized, not when the file is saved.',
    ...notes.map((note) => `# ${note}`),
    ...(users === undefined ? ['# The state file cannot be read, so live machines are left out.'] : []),
    ...(isSame ? [] : ['--- saved', '+++ edited', ...templates, ...hunks]),
    ...(outdated.length === 0
      ? []
      : [
          '',
          '# Outdated already: what a reinit would bring without this edit.',
          '--- applied',
          '+++ saved',
          ...outdated,
        ]),
  ];
  return `${lines.join('\n')}\n`;
}

function templateHunks(
  kind: TemplateKind,
  saved: ConfigDocument,
  edited: ConfigDocument,
  users: readonly TemplateUser[],
): string[] {
  const known = (document: ConfigDocument) => templatesOf(document.file, kind);
  const names = new Set([...known(saved).keys(), ...known(edited).keys()]);
  return [...names].flatMap((name) => {
    const path = [templateSections[kind], name];
    const live = users.filter((user) => user.kind === kind && user.template === name).map((user) => oneLine(user.name));
    const used = live.length === 0 ? '' : ` used by ${live.join(', ')}`;
    const valuesIn = (document: ConfigDocument): Record<string, unknown> | undefined =>
      known(document).has(name) ? plain(document, kind, name) : undefined;
    const [before, after] = [valuesIn(saved), valuesIn(edited)];
    if (before === undefined || after === undefined) {
      const sign = before === undefined ? '+' : '-';
      return [`@@ ${keyPath(path)}${used} @@`, `${sign}[${keyPath(path)}]`];
    }
    return hunk(`${keyPath(path)}${used}`, changesBetween(before, after), path);
  });
}

const plain = (document: ConfigDocument, kind: TemplateKind, name: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(document.effective(kind, name)).map(([key, { value }]) => [key, value]));

async function machineHunks(saved: ConfigDocument, edited: ConfigDocument, users: readonly TemplateUser[]) {
  const hunks: string[] = [];
  const outdated: string[] = [];
  const notes: string[] = [];
  for (const user of users) {
    if (!reinitialized.some((kind) => kind === user.kind)) continue;
    const template = keyPath([templateSections[user.kind], user.template]);
    const title = `${user.kind === 'vm' ? 'VM' : 'agent'} ${oneLine(user.name)}`;
    const [before, after] = [await resolvedToday(saved, user), await resolvedToday(edited, user)];
    if (after === undefined) {
      notes.push(`${title}: its template ${template} cannot be used as it stands.`);
      continue;
    }
    const applied = appliedTo(user);
    const isTouched = before === undefined || changesBetween(before, after).length > 0;
    if (!isTouched && applied === undefined) continue;
    const since =
      user.applied === undefined ? 'what it has is not known' : `applied ${oneLine(user.applied.finishedAt)}`;
    const changes = changesBetween(applied ?? before, after);
    if (isTouched && changes.length === 0) notes.push(`${title} has what the edited file says already.`);
    const path = [templateSections[user.kind], user.template];
    (isTouched ? hunks : outdated).push(...hunk(`${title}, ${template}, ${since}`, changes, path));
  }
  return { hunks, outdated, notes };
}

const hunk = (title: string, changes: readonly Change[], path: readonly string[]): string[] =>
  changes.length === 0 ? [] : [`@@ ${title} @@`, ...changes.flatMap((change) => changeLines(change, path))];

/** Items of lists one by one; everything else as the old and the new value. */
function changeLines({ key, before, after }: Change, path: readonly string[]): string[] {
  const name = nameOf(key);
  const note = isForNewOnly([...path, name]) ? ' # counts for new ones only' : '';
  if (Array.isArray(before) && Array.isArray(after)) {
    const gone = before.filter((item) => !after.includes(item));
    const come = after.filter((item) => !before.includes(item));
    if (gone.length + come.length > 0) {
      const line = (sign: string) => (item: unknown) => `${sign}${name}: ${tomlValue(item)}${note}`;
      return [...gone.map(line('-')), ...come.map(line('+'))];
    }
  }
  const line = (sign: string, value: unknown) =>
    isAbsent(value) ? [] : [`${sign}${name} = ${tomlValue(value)}${note}`];
  return [...line('-', before), ...line('+', after)];
}

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

/** Records spell keys as the model does; the file has underscores. */
const nameOf = (key: string): string =>
  oneLine(key.replace(/^template\./, '').replace(/^admin\./, 'admin.config.')).replace(
    /(?<=[a-z0-9])[A-Z]/g,
    (letter) => `_${letter.toLowerCase()}`,
  );

function isForNewOnly(path: readonly string[]): boolean {
  const schema = schemaAt(path);
  return schema?.kind === 'value' && schema.applies === 'create';
}
