import type { CatalogEntry } from '../../config/catalog/view.ts';
import type { Command } from '../command.ts';
import type { Section } from '../output.ts';
import { installerTypes, loadEntries } from './load.ts';

export const installerDescribe: Command = {
  id: 'installer.describe',
  summary: 'Show what an installer does',
  description: 'Entries of all kinds with this name are shown.',
  params: [
    {
      type: 'text',
      position: 'argument',
      name: 'name',
      help: 'Name of the entry',
      isRequired: true,
      source: { kind: 'catalogEntry' },
    },
    {
      type: 'text',
      position: 'option',
      name: 'type',
      help: 'Only this kind of entry',
      source: { kind: 'choices', values: installerTypes },
    },
  ],
  needs: [],
  effect: 'read',
  async run(engine, params) {
    const all = await loadEntries(engine);
    const entries = all.filter(
      (entry) => entry.name === params.name && (params.type === undefined || entry.label === params.type),
    );
    if (entries.length === 0) {
      const [{ AppError }, { nearest }] = await Promise.all([
        import('../../errors.ts'),
        import('../../config/suggest.ts'),
      ]);
      const near = nearest(String(params.name), new Set(all.map((entry) => entry.name)));
      throw new AppError('not-found', `There is no installer '${params.name}'.`, {
        hint: near === undefined ? '`agentworks installer list` shows all.' : `Did you mean '${near}'?`,
      });
    }
    return {
      type: 'record',
      title: '',
      sections: entries.flatMap((item) => [
        describe(item),
        ...(item.replaces === undefined
          ? []
          : [{ title: 'Replaces the built-in entry', fields: contentOf(item.replaces) }]),
      ]),
      data: entries.map(({ label, kind: _, entry, ...rest }) => ({ type: label, ...rest, ...entry })),
    };
  },
};

type Field = readonly [string, string];

function describe(item: CatalogEntry): Section {
  const fields: Field[] = [
    ['Name', item.name],
    ['Type', item.label],
    ['Origin', item.isOverride ? 'custom, overrides a built-in entry' : item.source],
    ['Description', item.description],
    ...contentOf(item.entry),
  ];
  if (item.isUnpinned) fields.push(['Note', 'runs an unpinned script from the network']);
  if (item.usedBy.length > 0) fields.push(['Used by', item.usedBy.join(', ')]);
  return { title: '', fields };
}

function contentOf(entry: CatalogEntry['entry']): Field[] {
  const fields: Field[] = [];
  if ('keyUrl' in entry) {
    fields.push(
      ['Key URL', entry.keyUrl],
      ['Key path', entry.keyPath],
      ['Source', entry.source],
      ['Source file', entry.sourceFile],
    );
    if (entry.keyDearmor) fields.push(['Key dearmor', 'yes']);
  } else if ('apt' in entry) {
    if (entry.aptSources.length > 0) fields.push(['Apt sources', entry.aptSources.join(', ')]);
    fields.push(['Apt', entry.apt.join(', ')]);
  } else {
    fields.push(['Command', entry.command]);
    if (entry.test !== undefined) fields.push([`Test ${entry.test.kind}`, entry.test.value]);
    if (entry.path.length > 0) fields.push(['PATH', entry.path.join(', ')]);
  }
  return fields;
}
