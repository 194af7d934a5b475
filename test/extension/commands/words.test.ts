import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from '../../../src/cli/parse.ts';
import { noGlobals, scan } from '../../../src/cli/scan.ts';
import { commands as table } from '../../../src/core/commands/table.ts';
import { commandTree } from '../../../src/core/commands/tree.ts';
import { argvOf } from '../../../src/extension/commands/argv.ts';
import { buttonFor, linesFor } from '../../../src/extension/commands/confirmation.ts';
import { progressReducer } from '../../../src/extension/commands/progress.ts';
import { valuesFor } from '../../../src/extension/commands/subject.ts';

const verb = (id: string) => {
  const found = table.find((command) => command.id === id);
  if (found === undefined) throw new Error(id);
  return found;
};

describe('the words of a terminal', () => {
  it('say to the command line what the form was told, whatever is in them', () => {
    const text = fc.string({ minLength: 1 }).filter((one) => one.trim() !== '');
    fc.assert(
      fc.property(text, text, fc.array(text, { minLength: 1 }), (name, cwd, words) => {
        const command = verb('vm.exec');
        // A name that looks like an option is none that anybody could have.
        fc.pre(!name.startsWith('-'));
        const values = { name, cwd, command: words[0] === '--' ? ['x', ...words] : words };
        expect(parse(command, argvOf(command, values))).toMatchObject(values);
      }),
    );
  });

  it('keep options of the remote command apart from ours', () => {
    const globals = noGlobals();
    const words = argvOf(verb('vm.exec'), { name: 'dev', command: ['--json', '--help'] });
    const found = scan(['vm', 'exec', ...words], commandTree(table), globals);
    expect(globals).toMatchObject({ json: false, help: false });
    if (found.kind !== 'command') throw new Error('no command');
    expect(parse(found.command, found.tokens)).toMatchObject({ name: 'dev', command: ['--json', '--help'] });
  });

  it('leave out what was not said', () => {
    expect(argvOf(verb('session.attach'), { name: 'build', readOnly: false, detachOthers: true })).toEqual([
      '--detach-others',
      'build',
    ]);
  });
});

describe('what is chosen in a tree', () => {
  const thing = (kind: 'vm' | 'workspace' | 'agent' | 'session', name: string) => ({ kind, name });

  it('is what the verb is about, once for each', () => {
    expect(valuesFor(verb('vm.stop'), [thing('vm', 'a'), thing('vm', 'b'), thing('vm', 'a')])).toEqual([
      { name: 'a' },
      { name: 'b' },
    ]);
  });

  it('is the place to make something in', () => {
    expect(valuesFor(verb('session.create'), [thing('workspace', 'site')])).toEqual([{ workspace: 'site' }]);
    expect(valuesFor(verb('session.create'), [thing('agent', 'ada')])).toEqual([{ agent: 'ada' }]);
    expect(valuesFor(verb('agent.create'), [thing('vm', 'dev')])).toEqual([{ vm: 'dev' }]);
    // `--vm` there speaks of a workspace that is made.
    expect(valuesFor(verb('session.create'), [thing('vm', 'dev')])).toEqual([{}]);
  });

  it('is what is made, where that was not finished', () => {
    const unfinished = { ...thing('vm', 'dev'), isUnfinished: true };
    expect(valuesFor(verb('vm.create'), [unfinished])).toEqual([{ name: 'dev' }]);
    // The button above a view is handed the row that has the focus.
    expect(valuesFor(verb('vm.create'), [thing('vm', 'dev')])).toEqual([{}]);
  });

  it('is taken in one run by a list', () => {
    const both = [thing('workspace', 'a'), thing('workspace', 'b')];
    expect(valuesFor(verb('agent.workspace-grants.grant'), both)).toEqual([{ workspaces: ['a', 'b'] }]);
  });

  it('may be nothing, or nothing that fits', () => {
    expect(valuesFor(verb('vm.stop'), [])).toEqual([{}]);
    expect(valuesFor(verb('vm.stop'), [thing('session', 'x')])).toEqual([{}]);
  });
});

describe('a modal', () => {
  it.each([
    ["Delete VM 'dev' with all of this?", 'Delete'],
    ["VM 'dev' is stopped. Start it to save the work on it?", 'Start'],
    ["Make these changes on the host of 'x'? They concern everybody on it, and 'vm delete' undoes them.", 'Make'],
    ["Un-adopt VM 'x'?", 'Un-adopt'],
    ["Is this the host key of VM 'x' from now on?", undefined],
    ['A question without a mark', undefined],
  ])('of %s has the button %s', (message, button) => {
    expect(buttonFor(message)).toBe(button);
  });

  it('has no more lines than fit on a screen, and says how many are left out', () => {
    const details = Array.from({ length: 50 }, (_, n) => `line ${n}`);
    const lines = linesFor(details, (count) => `${count} more`);
    expect(lines).toHaveLength(20);
    expect(lines.at(-1)).toBe('31 more');
    expect(linesFor(['a'], String)).toEqual(['a']);
  });
});

describe('the progress of a verb', () => {
  it('is a line and a bar that only grows, for each recipe anew', () => {
    const show = progressReducer();
    const step = (index: number, status: 'running' | 'changed') =>
      show({ type: 'step', operation: 'o', id: 's', title: 'Install', status, index, total: 4 });
    expect(show({ type: 'operation', id: 'o', title: 'Initialize', vm: 'dev', steps: 4, logPath: undefined })).toEqual({
      message: 'Initialize',
      increment: undefined,
    });
    expect(step(1, 'running')).toEqual({ message: '1/4 Install', increment: undefined });
    expect(step(1, 'changed')?.increment).toBe(25);
    expect(step(3, 'running')?.increment).toBe(25);
    expect(step(2, 'changed')?.increment).toBeUndefined();
    expect(show({ type: 'output', operation: 'o', step: 's', text: 'x' })).toBeUndefined();
  });
});
