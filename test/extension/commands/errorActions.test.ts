import { describe, expect, it } from 'vitest';
import { commands as table } from '../../../src/core/commands/table.ts';
import { AppError, type AppErrorOptions, type ErrorCode } from '../../../src/core/errors.ts';
import { errorActions, textInWindow } from '../../../src/extension/commands/errorActions.ts';

const actions = (
  verb: string,
  code: ErrorCode,
  options: AppErrorOptions & { message?: string } = {},
  values: Record<string, unknown> = { name: 'dev' },
) => {
  const command = table.find(({ id }) => id === verb);
  if (command === undefined) throw new Error(verb);
  return errorActions(new AppError(code, options.message ?? 'It failed.', options), command, values, table);
};

describe('what can be done about an error', () => {
  it('is the command that the hint names, with the name in it', () => {
    const hint = 'Remove what is left of it: agentworks vm delete dev2';
    expect(actions('vm.start', 'refused', { hint })).toEqual([
      { type: 'verb', verb: 'vm.delete', values: { name: 'dev2' } },
    ]);
  });

  it('is asked for its name where the hint has a placeholder, or a flag', () => {
    const hint = 'See what they need: agentworks vm list, then agentworks vm reinit NAME';
    expect(actions('agent.create', 'refused', { hint }, {})).toEqual([{ type: 'verb', verb: 'vm.list', values: {} }]);
    expect(actions('vm.stop', 'not-found', { hint: 'Try agentworks vm reinit NAME.' })).toEqual([
      { type: 'verb', verb: 'vm.reinit', values: {} },
    ]);
  });

  it('finds verbs of nested groups, and none in other words', () => {
    const hint = 'First: agentworks agent workspace-grants deny ada site';
    expect(actions('workspace.delete', 'refused', { hint })).toContainEqual({
      type: 'verb',
      verb: 'agent.workspace-grants.deny',
      values: { name: 'ada' },
    });
    expect(actions('vm.start', 'internal', { hint: 'Ask agentworks people' })).toEqual([]);
  });

  it('is to go on all the same where the verb can be forced', () => {
    const hint = 'Delete them first, or use --force.';
    expect(actions('agent.delete', 'refused', { hint }, { name: 'ada' })).toEqual([
      { type: 'force', values: { name: 'ada', force: true } },
    ]);
    expect(actions('agent.delete', 'refused', { hint }, { name: 'ada', force: true })).toEqual([]);
    expect(actions('vm.start', 'refused', { hint })).toEqual([]);
  });

  it('is to try again what may pass', () => {
    expect(actions('vm.start', 'unreachable')).toEqual([{ type: 'again', values: { name: 'dev' } }]);
    expect(actions('vm.start', 'invalid')).toEqual([]);
  });

  it('is to look at the machine or the configuration where they are at fault', () => {
    expect(actions('vm.start', 'missing-tool')).toEqual([{ type: 'verb', verb: 'doctor', values: {} }]);
    expect(actions('vm.create', 'config')).toEqual([{ type: 'verb', verb: 'config.edit', values: {} }]);
  });
});

describe('what a window says of an error', () => {
  const text = (options: AppErrorOptions, forceButton?: string) =>
    textInWindow(new AppError('remote-failed', 'It failed.', options), forceButton);
  const log = '/home/me/my logs/1.log';

  it('has no path of a log that a button shows', () => {
    expect(text({ hint: `Run it again. Log: ${log}`, data: { log } })).toBe('It failed.\nRun it again.');
    expect(text({ hint: `Log: ${log}`, data: { log } })).toBe('It failed.');
    expect(text({ hint: `See the log: ${log}`, data: { log } })).toBe('It failed.');
    expect(text({ hint: 'See the log: /else' })).toBe('It failed.\nSee the log: /else');
  });

  it('names the button that does what --force does in a terminal, where there is one', () => {
    const hint = 'Add --force to end it';
    expect(text({ hint }, 'Go on')).toBe("It failed.\nChoose 'Go on' to end it");
    expect(text({ hint: 'Delete them, or add --force to lose them.' }, 'Go on')).toContain("or choose 'Go on' to lose");
    expect(text({ hint })).toContain(hint);
  });
});
