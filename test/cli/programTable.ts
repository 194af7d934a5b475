import type { Command } from '../../src/core/commands/command.ts';
import { AppError } from '../../src/core/errors.ts';

const base = { params: [], needs: [], effect: 'write' } as const;

/** Verbs that behave in the ways a front end must cope with. */
export const commands: readonly Command[] = [
  {
    ...base,
    id: 'sleep',
    summary: 'Work until cancelled',
    run: async (engine, _, io) => {
      io.report({ type: 'info', text: 'working' });
      await engine.clock.sleep(30_000, io.signal).catch(async () => {
        io.report({ type: 'warning', text: 'left half done' });
        await engine.clock.sleep(3_000);
        throw new AppError('aborted', 'Cancelled half-way.');
      });
      return { type: 'nothing' };
    },
  },
  {
    ...base,
    id: 'remote',
    summary: 'Work on a machine that takes its time to cancel',
    run: async (engine, _, io) => {
      io.report({ type: 'operation', id: 'aa', title: 'Create agent ann', vm: 'box', steps: 1, logPath: undefined });
      await engine.clock.sleep(30_000, io.signal).catch(() => undefined);
      await engine.clock.sleep(10_000);
      return { type: 'nothing' };
    },
  },
  {
    ...base,
    id: 'quick',
    summary: 'Stop at once when cancelled',
    run: async (engine, _, io) => {
      io.report({ type: 'info', text: 'working' });
      await engine.clock.sleep(30_000, io.signal);
      return { type: 'nothing' };
    },
  },
  {
    ...base,
    id: 'ask',
    summary: 'Ask',
    run: async (engine) => {
      const isSure = await engine.ask.confirm({ message: 'Sure?', flag: '--yes' });
      const word = await engine.ask.secret({ message: 'Token', flag: 'SOME_TOKEN' });
      return { type: 'message', text: `${isSure} ${word.length}` };
    },
  },
  {
    ...base,
    id: 'fail',
    summary: 'Fail',
    run: async () => {
      throw new AppError('refused', 'It holds \u001b[2Jthings.', { hint: 'Use --force.', data: { count: 2 } });
    },
  },
  {
    ...base,
    id: 'crash',
    summary: 'Throw something unexpected, later',
    run: async () => {
      setTimeout(() => {
        throw new TypeError('undefined is not a function');
      }, 5);
      return new Promise(() => {});
    },
  },
  {
    ...base,
    id: 'flood',
    summary: 'Print a lot',
    run: async () => ({ type: 'text', text: 'line\n'.repeat(500_000) }),
  },
  {
    ...base,
    id: 'exit',
    summary: 'End like a child program',
    params: [{ type: 'text', position: 'rest', name: 'command', help: 'Command' }],
    run: async () => ({ type: 'exit', code: 42 }),
  },
  {
    ...base,
    id: 'say',
    summary: 'Say and warn',
    run: async (_, __, io) => {
      io.report({ type: 'info', text: 'begun' });
      io.report({ type: 'warning', text: 'careful' });
      return { type: 'message', text: 'Done.', data: { done: true } };
    },
  },
];
