import type { Command } from '../command.ts';
import { integer, isSet, nameArgument, required } from './params.ts';

export const sessionLogs: Command = {
  id: 'session.logs',
  title: 'Show logs of session',
  summary: 'Print what a session printed',
  description:
    'The last lines of the screen and its history; of a session that is no longer there, of its log file on the VM. Escape sequences and control characters are removed unless `--raw` is given: what an agent prints can otherwise act on your terminal. From a screen tmux has taken them out already; `--json` never has them.',
  params: [
    nameArgument,
    {
      type: 'integer',
      position: 'option',
      name: 'lines',
      short: 'n',
      help: 'Number of lines',
      minimum: 0,
      defaultText: 'history_limit',
    },
    { type: 'flag', position: 'option', name: 'follow', short: 'f', help: 'Go on printing until Ctrl-C' },
    { type: 'flag', position: 'option', name: 'raw', help: 'As the program printed it, escape sequences included' },
  ],
  needs: ['config', 'state'],
  effect: 'read',
  async run(engine, params, io) {
    const [{ requireLocated }, logs] = await Promise.all([
      import('../../session/lookup.ts'),
      import('../../session/logs.ts'),
    ]);
    const located = await requireLocated(engine, required(params, 'name'));
    const isRaw = isSet(params, 'raw');
    const given = integer(params, 'lines') ?? 0;
    if (isSet(params, 'follow')) {
      const { AppError } = await import('../../errors.ts');
      const out = io.streams?.stdout;
      if (out === undefined) throw new AppError('unsupported', '--follow needs a stream to write to.');
      const write = (text: string): void => void out.write(text);
      await logs.followLogs(engine, located, { lines: given === 0 ? 10 : given, isRaw, write }, io);
      return { type: 'exit', code: 0 };
    }
    const lines = given === 0 ? (await engine.config.load()).session.historyLimit : given;
    const result = await logs.sessionLogs(engine, located, { lines, isRaw }, io);
    return {
      type: 'text',
      text: result.lines.map((line) => `${line}\n`).join(''),
      isRaw,
      data: { session: located.session.name, source: result.source, lines: result.lines },
    };
  },
};
