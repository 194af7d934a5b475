import { AppError } from '../../errors.ts';
import type { Command } from '../command.ts';
import { isSet, textOf, vmArgument } from './params.ts';

export const vmLogs: Command = {
  id: 'vm.logs',
  title: 'Show operation logs of VM',
  summary: 'Show the logs of operations on a VM',
  description: 'The newest one for people, times in UTC. The files themselves hold a JSON object a line.',
  params: [
    vmArgument,
    { type: 'flag', position: 'option', name: 'all', help: 'All logs, newest first' },
    {
      type: 'text',
      position: 'option',
      name: 'operation',
      help: 'Only this operation, e.g. vm-init',
      source: { kind: 'operation' },
    },
    {
      type: 'flag',
      position: 'option',
      name: 'follow',
      short: 'f',
      help: 'Go on printing what is added, and newer logs',
    },
    { type: 'flag', position: 'option', name: 'path', help: 'Print paths only' },
  ],
  needs: [],
  effect: 'read',
  async run(engine, params, io) {
    const vm = textOf(params, 'name') ?? '';
    const [{ followLogs, selectLogs }, { readableLog }] = await Promise.all([
      import('../../vm/logs.ts'),
      import('../../vm/logText.ts'),
    ]);
    if (isSet(params, 'follow') && isSet(params, 'all')) {
      throw new AppError('usage', '--follow shows one log; leave --all out.');
    }
    const operation = textOf(params, 'operation');
    const logs = await selectLogs(engine, { vm, isAll: isSet(params, 'all'), operation });
    const [newest] = logs;
    if (newest === undefined) return { type: 'message', text: `There are no logs for VM '${vm}'.`, data: [] };
    if (isSet(params, 'path')) {
      return { type: 'text', text: logs.map((log) => `${log.path}\n`).join(''), data: logs };
    }
    if (isSet(params, 'follow')) {
      const { streams } = io;
      if (streams === undefined)
        throw new AppError('unsupported', '--follow needs a program that shows output as it comes.');
      await followLogs(engine, { vm, operation }, (text) => streams.stdout.write(readableLog(text)), io);
      return { type: 'nothing' };
    }
    const texts = await Promise.all(
      logs.map(async (log) => ({ ...log, content: (await engine.files.readText(log.path)) ?? '' })),
    );
    return {
      type: 'text',
      text: texts.map((log) => `--- ${log.name} ---\n${readableLog(log.content)}\n`).join(''),
      data: texts,
    };
  },
};
