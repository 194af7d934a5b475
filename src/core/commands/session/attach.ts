import { AppError } from '../../errors.ts';
import type { Command } from '../command.ts';
import { terminalParams } from '../terminalParams.ts';
import { isSet, nameArgument, required } from './params.ts';

export const sessionAttach: Command = {
  id: 'session.attach',
  title: 'Attach to session',
  summary: 'Attach the terminal to a session',
  description: 'Detach with `C-b d`; the session goes on. Scroll with the wheel or `C-b [`.',
  params: [
    nameArgument,
    { type: 'flag', position: 'option', name: 'read-only', help: 'Look without typing' },
    { type: 'flag', position: 'option', name: 'detach-others', help: 'Detach everybody else' },
    {
      type: 'flag',
      position: 'option',
      name: 'clipboard',
      help: 'Let what runs there put text into your clipboard',
    },
    ...terminalParams,
  ],
  needs: ['config', 'state'],
  effect: 'read',
  isInteractive: true,
  async run(engine, params, io) {
    const [{ requireLocated }, { keepConnected }, { attachSession }] = await Promise.all([
      import('../../session/lookup.ts'),
      import('../../ssh/reconnect.ts'),
      import('../../session/attach.ts'),
    ]);
    const located = await requireLocated(engine, required(params, 'name'));
    if (io.streams !== undefined && io.streams.stdin.isTTY !== true) {
      throw new AppError('refused', 'Attaching needs a terminal.', {
        hint: `Read it instead: agentworks session logs ${located.session.name}`,
      });
    }
    const options = {
      isReadOnly: isSet(params, 'readOnly'),
      detachesOthers: isSet(params, 'detachOthers'),
      mayWriteClipboard: isSet(params, 'clipboard'),
      isReconnecting: isSet(params, 'reconnect'),
    };
    return {
      type: 'exit',
      code: await keepConnected(engine, params, io, () => attachSession(engine, located, options, io)),
    };
  },
};
