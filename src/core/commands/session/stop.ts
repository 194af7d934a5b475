import { type Command, commonParams } from '../command.ts';
import { filterParams, integer, isSet, optionalName, text } from './params.ts';

export const sessionStop: Command = {
  id: 'session.stop',
  summary: 'Stop a session, or all of them',
  description:
    'Interrupts the program, waits until it ends, at most `--grace` seconds, and ends it. The session stays and can be restarted. With `--all`, what can be stopped is stopped; the rest is reported and the exit code is 6.',
  params: [
    optionalName,
    { type: 'flag', position: 'option', name: 'all', help: 'Every session that runs' },
    filterParams.vm,
    filterParams.workspace,
    {
      type: 'integer',
      position: 'option',
      name: 'grace',
      help: 'Seconds between the interrupt and the end',
      minimum: 0,
      maximum: 600,
      defaultText: '5',
    },
    { ...commonParams.force, help: 'End the process of a session whose tmux server does not answer' },
    commonParams.dryRun,
    commonParams.yes,
  ],
  needs: ['state'],
  effect: 'write',
  isLight: true,
  async run(engine, params, io) {
    const [{ checkTarget, selectSessions }, batch] = await Promise.all([
      import('./select.ts'),
      import('../../session/stopMany.ts'),
    ]);
    const name = text(params, 'name');
    const filter = { workspace: text(params, 'workspace'), vm: text(params, 'vm'), agent: undefined };
    checkTarget(name, isSet(params, 'all') ? ['all'] : [], [filter.vm, filter.workspace], ['all']);
    const located =
      name === undefined
        ? await selectSessions(engine, filter)
        : [await (await import('../../session/lookup.ts')).requireLocated(engine, name)];
    const options = { graceSeconds: integer(params, 'grace') ?? 5, isForced: isSet(params, 'force') };
    if (isSet(params, 'dryRun')) {
      const { observe } = await import('../../session/observe.ts');
      const observed = await observe(engine, located, io);
      const would = observed.filter(({ state }) => state.status === 'running' || state.status === 'exited');
      return {
        type: 'message',
        text: would.length === 0 ? 'Nothing would be stopped.' : 'Would be stopped:',
        details: would.map(({ session, vm }) => `${session.name} (VM ${vm.name})`),
        data: { wouldStop: would.map(({ session }) => session.name) },
      };
    }
    const results = await batch.stopSessions(engine, located, options, io);
    return batch.stopOutput(name, results);
  },
};
