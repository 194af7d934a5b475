import type { Command } from '../command.ts';
import { nameArgument, required } from './params.ts';

export const sessionPeek: Command = {
  id: 'session.peek',
  title: 'Peek at session',
  summary: 'Print what a session shows now, without attaching',
  description:
    'The screen as it is, without its colours. Nobody at the session sees it, and its size stays as it is. For what was printed before, see `session logs`. A stopped VM is not started.',
  params: [nameArgument],
  needs: ['state'],
  effect: 'read',
  async run(engine, params, io) {
    const [{ requireLocated }, { sessionScreen }] = await Promise.all([
      import('../../session/lookup.ts'),
      import('../../session/screen.ts'),
    ]);
    const located = await requireLocated(engine, required(params, 'name'));
    const { lines, ...facts } = await sessionScreen(engine, located, io);
    const texts = lines.map(({ text }) => text.trimEnd());
    return {
      type: 'text',
      text: texts.map((line) => `${line}\n`).join(''),
      data: { session: located.session.name, ...facts, lines: texts },
    };
  },
};
