import type { EventRecord } from '../../store/events.ts';
import type { Command } from '../command.ts';

const kinds = ['vm', 'workspace', 'agent', 'session', 'state'] as const;

export const stateEvents: Command = {
  id: 'state.events',
  title: 'Show event log',
  summary: 'Show the log of everything that was done',
  description: 'Entries stay when what they speak of is deleted. Oldest first.',
  examples: ['agentworks state events --vm dev', 'agentworks state events --kind session --limit 20'],
  params: [
    { type: 'text', position: 'option', name: 'vm', help: 'Only what happened on this VM', source: { kind: 'vm' } },
    {
      type: 'text',
      position: 'option',
      name: 'kind',
      help: 'Only entries about this kind of thing',
      source: { kind: 'choices', values: kinds },
    },
    { type: 'text', position: 'option', name: 'name', help: 'Only entries about the thing of this name' },
    {
      type: 'integer',
      position: 'option',
      name: 'limit',
      short: 'n',
      help: 'The newest N entries',
      minimum: 1,
      defaultText: '50; everything with --json',
    },
  ],
  needs: ['state'],
  effect: 'read',
  async run(engine, params, io) {
    const { listEvents } = await import('../../store/eventLog.ts');
    const kind = kinds.find((one) => one === params.kind) satisfies EventRecord['kind'] | undefined;
    const limit = typeof params.limit === 'number' ? params.limit : io.isJson ? undefined : 50;
    const events = await engine.database.read((r) =>
      listEvents(r, {
        ...(typeof params.vm === 'string' ? { vm: params.vm } : {}),
        ...(kind === undefined ? {} : { kind }),
        ...(typeof params.name === 'string' ? { name: params.name } : {}),
        ...(limit === undefined ? {} : { limit }),
      }),
    );
    return {
      type: 'table',
      columns: [
        { key: 'at', title: 'TIME' },
        { key: 'kind', title: 'KIND' },
        { key: 'name', title: 'NAME' },
        { key: 'vm', title: 'VM' },
        { key: 'event', title: 'EVENT' },
        { key: 'detail', title: 'DETAIL' },
      ],
      rows: events.map(({ at, kind: about, name, vm, event, detail }) => ({
        at,
        kind: about,
        name,
        vm: vm ?? '-',
        event,
        detail: detail ?? '',
      })),
      empty: 'No such entries.',
      data: events.map((event) => ({ ...event, vm: event.vm ?? null, detail: event.detail ?? null })),
    };
  },
};
