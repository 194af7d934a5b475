import type { Command } from '../command.ts';
import { filterParams, isSet, text } from './params.ts';

export const sessionList: Command = {
  id: 'session.list',
  summary: 'List sessions with their state',
  description:
    'Asks every VM that has sessions at the same time, once, and never starts one. A VM that does not answer within ten seconds delays nobody: its sessions show `unknown`, with the reason below the table.\n\n`LOOK` says which sessions want you: `ended` (by itself), `failed` (non-zero exit code), `bell` (since you last attached), `quiet` (no output for a minute after it did something).',
  examples: ['agentworks session list', 'agentworks session list --vm dev --needs-look'],
  params: [
    filterParams.workspace,
    filterParams.vm,
    filterParams.agent,
    { type: 'flag', position: 'option', name: 'needs-look', help: 'Only sessions that need a look' },
    { type: 'flag', position: 'option', name: 'no-status', help: 'Connect to nothing' },
  ],
  needs: ['state'],
  effect: 'read',
  async run(engine, params, io) {
    const [{ selectSessions }, { observe }, view] = await Promise.all([
      import('./select.ts'),
      import('../../session/observe.ts'),
      import('../../session/view.ts'),
    ]);
    const filter = { workspace: text(params, 'workspace'), vm: text(params, 'vm'), agent: text(params, 'agent') };
    const needsLook = isSet(params, 'needsLook');
    if (needsLook && isSet(params, 'noStatus')) {
      const { usage } = await import('./params.ts');
      throw usage('--needs-look needs the status; it cannot go with --no-status.');
    }
    const located = await selectSessions(engine, filter);
    const observed = isSet(params, 'noStatus') ? [] : await observe(engine, located, io);
    const entries = located
      .map(({ session, vm }, i) => ({ session, vm: vm.name, observed: observed[i] }))
      .filter((entry) => !needsLook || entry.observed?.look !== undefined);
    const notes = new Set<string>();
    for (const { state, vm, session } of observed) {
      if (state.status === 'unknown') notes.add(`unknown on '${vm.name}': ${state.reason}`);
      if (state.status === 'broken') {
        notes.add(
          `'${session.name}' is broken: ${state.reason}. End it: agentworks session stop ${session.name} --force`,
        );
      }
    }
    return {
      type: 'table',
      columns: view.listColumns,
      rows: entries.map((entry) => view.listRow(entry.session, entry.vm, entry.observed)),
      empty: needsLook ? 'No session needs a look.' : 'No sessions. Create one: agentworks session create',
      notes: [...notes],
      data: entries.map((entry) => view.sessionData(entry.session, entry.vm, entry.observed)),
    };
  },
};
