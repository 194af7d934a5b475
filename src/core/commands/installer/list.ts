import type { Command } from '../command.ts';
import { installerTypes, loadEntries } from './load.ts';

export const installerList: Command = {
  id: 'installer.list',
  summary: 'List the installers of the catalog',
  params: [
    {
      type: 'text',
      position: 'option',
      name: 'type',
      help: 'Only this kind of entry',
      source: { kind: 'choices', values: installerTypes },
    },
    {
      type: 'text',
      position: 'option',
      name: 'source',
      help: 'Only built-in entries, or only those of your configuration (`user` means the same as `custom`)',
      source: { kind: 'choices', values: ['builtin', 'custom', 'user'] },
    },
  ],
  needs: [],
  effect: 'read',
  async run(engine, params) {
    const source =
      params.source === undefined
        ? undefined
        : params.source === 'builtin'
          ? ('built-in' as const)
          : ('custom' as const);
    const entries = (await loadEntries(engine)).filter(
      (entry) =>
        (params.type === undefined || entry.label === params.type) && (source === undefined || entry.source === source),
    );
    return {
      type: 'table',
      columns: [
        { key: 'type', title: 'TYPE' },
        { key: 'name', title: 'NAME' },
        { key: 'source', title: 'SOURCE' },
        { key: 'usedBy', title: 'USED BY' },
        { key: 'description', title: 'DESCRIPTION' },
      ],
      rows: entries.map((entry) => ({
        type: entry.label,
        name: entry.name,
        source: entry.isOverride ? 'custom (overrides)' : entry.source,
        usedBy: entry.usedBy.join(', '),
        description: entry.isUnpinned ? `${entry.description} (unpinned)` : entry.description,
      })),
      empty: 'No installers match.',
      data: entries.map(({ entry: _, kind: __, label, ...rest }) => ({ type: label, ...rest })),
    };
  },
};
