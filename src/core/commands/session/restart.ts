import { type Command, commonParams } from '../command.ts';
import { filterParams, isSet, optionalName, text } from './params.ts';

export const sessionRestart: Command = {
  id: 'session.restart',
  summary: 'Restart a session, or many',
  description:
    "Starts the session again with the template's `restart_command` (else `command`). The template is read before anything is ended. A running session is asked about first. Stopped VMs are started.",
  params: [
    optionalName,
    { type: 'flag', position: 'option', name: 'all-stopped', help: 'Every session that does not run' },
    { type: 'flag', position: 'option', name: 'all', help: 'Every session' },
    filterParams.vm,
    filterParams.workspace,
    { ...commonParams.force, help: 'End the process of a session whose tmux server does not answer' },
    commonParams.yes,
    commonParams.dryRun,
  ],
  needs: ['config', 'state'],
  effect: 'destroy',
  async run(engine, params, io) {
    const [{ checkTarget, selectSessions }, batch] = await Promise.all([
      import('./select.ts'),
      import('../../session/restartMany.ts'),
    ]);
    const name = text(params, 'name');
    const filter = { workspace: text(params, 'workspace'), vm: text(params, 'vm'), agent: undefined };
    const flags = [...(isSet(params, 'all') ? ['all'] : []), ...(isSet(params, 'allStopped') ? ['all-stopped'] : [])];
    checkTarget(name, flags, [filter.vm, filter.workspace], ['all', 'all-stopped']);
    const located =
      name === undefined
        ? await selectSessions(engine, filter)
        : [await (await import('../../session/lookup.ts')).requireLocated(engine, name)];
    const options = {
      isForced: isSet(params, 'force'),
      isAgreed: isSet(params, 'yes'),
      isDryRun: isSet(params, 'dryRun'),
      onlyStopped: isSet(params, 'allStopped'),
      isBatch: name === undefined,
    };
    return batch.restartSessions(engine, located, options, io);
  },
};
