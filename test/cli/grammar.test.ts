import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandHelp, groupHelp } from '../../src/cli/help.ts';
import { parse } from '../../src/cli/parse.ts';
import { type Globals, noGlobals, scan } from '../../src/cli/scan.ts';
import type { ParamValues } from '../../src/core/commands/command.ts';
import { commandTree } from '../../src/core/commands/tree.ts';
import { AppError } from '../../src/core/errors.ts';
import { command, given, sampleCommands } from './commands.ts';

const tree = commandTree(sampleCommands);

function read(line: readonly string[]): { id: string; values: ParamValues; globals: Globals } {
  const globals = noGlobals();
  const found = scan(line, tree, globals);
  if (found.kind === 'group') return { id: found.group.path.join('.'), values: {}, globals };
  return { id: found.command.id, values: given(parse(found.command, found.tokens)), globals };
}

const problem = (line: readonly string[]): AppError => {
  try {
    read(line);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error(`${line.join(' ')} was accepted`);
};

describe('a command line', () => {
  it('says in one sentence which value a flag or argument cannot take', () => {
    expect(problem(['vm', 'logs', 'dev', '-n', 'x']).message).toBe("--lines cannot be 'x': it must be a whole number.");
  });

  it('finds verbs in nested groups', () => {
    expect(read(['agent', 'workspace-grants', 'grant', 'a', 'x,y', 'z', '--all'])).toMatchObject({
      id: 'agent.workspace-grants.grant',
      values: { name: 'a', workspaces: ['x', 'y', 'z'], all: true },
    });
    expect(read(['vm']).id).toBe('vm');
  });

  it('takes global options before the group, within it, and after the verb', () => {
    for (const line of [
      ['--json', 'vm', 'logs', 'dev'],
      ['vm', '--json', 'logs', 'dev'],
      ['vm', 'logs', '--json', 'dev'],
      ['vm', 'logs', 'dev', '-n', '5', '--json'],
    ]) {
      expect(read(line)).toMatchObject({ globals: { json: true }, values: { name: 'dev' } });
    }
    expect(read(['vm', 'logs', 'dev', '--config', 'a.toml']).globals.config).toBe('a.toml');
    expect(read(['--config=b.toml', 'vm', 'logs', 'dev']).globals.config).toBe('b.toml');
  });

  it('leaves a remote command alone, options included', () => {
    const words = ['ls', '--json', '-n', '--', '--help'];
    expect(read(['vm', 'exec', 'dev', ...words])).toMatchObject({
      globals: { json: false, help: false },
      values: { name: 'dev', command: words },
    });
    expect(read(['vm', 'exec', '--json', '--cwd', '/tmp', 'dev', 'ls', '-la'])).toMatchObject({
      globals: { json: true },
      values: { name: 'dev', cwd: '/tmp', command: ['ls', '-la'] },
    });
  });

  it('swallows one -- before a remote command, and no other', () => {
    expect(read(['vm', 'exec', 'dev', '--', 'ls', '--', 'x']).values.command).toEqual(['ls', '--', 'x']);
    expect(problem(['vm', 'exec', 'dev', '--']).code).toBe('usage');
  });

  it('hands any remote command over word for word', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), (words) => {
        expect(read(['vm', 'exec', 'dev', '--', ...words]).values.command).toEqual(words);
      }),
    );
  });

  it('takes values apart from options that look like them', () => {
    expect(read(['vm', 'create', '--name', '--json']).values).toEqual({ name: '--json' });
    expect(read(['vm', 'create', '--name=-h', '-y']).values).toEqual({ name: '-h', yes: true });
    expect(read(['vm', 'logs', '-fn5', 'dev']).values).toEqual({ name: 'dev', lines: 5, follow: true });
  });

  it('has flags that begin with no-', () => {
    expect(read(['vm', 'logs', 'dev', '--no-status']).values).toEqual({ name: 'dev', noStatus: true });
    expect(read(['vm', 'logs', 'dev']).values).toEqual({ name: 'dev' });
  });

  it('checks numbers and choices', () => {
    expect(read(['vm', 'create', '--cpus', '4']).values).toEqual({ cpus: 4 });
    for (const value of ['four', '4.5', '0', '65', '', '1e3']) {
      expect(problem(['vm', 'create', '--cpus', value])).toMatchObject({ code: 'usage' });
    }
    expect(problem(['vm', 'create', '--platform', 'vbox']).message).toContain('qemu, ssh');
  });

  it('names the nearest command and option', () => {
    expect(problem(['vm', 'craete']).message).toContain("Did you mean 'create'?");
    expect(problem(['vmm']).message).toContain("Did you mean 'vm'?");
    expect(problem(['vm', 'create', '--templat', 'x']).message).toContain('--template');
    expect(problem(['--jsno', 'vm']).message).toContain("'--json'");
    expect(problem(['vm', 'create', '--dry']).code).toBe('usage');
  });

  it('refuses what is missing or too much', () => {
    expect(problem(['vm', 'logs'])).toMatchObject({ code: 'usage', hint: expect.stringContaining('vm logs --help') });
    expect(problem(['vm', 'logs', 'a', 'b']).code).toBe('usage');
    expect(problem(['vm', 'exec', 'dev']).code).toBe('usage');
    expect(problem(['vm', 'logs', 'dev', '--config']).code).toBe('usage');
  });

  it('never fails in another way than with a usage error', () => {
    const word = fc.oneof(
      fc.constantFrom('vm', 'create', 'exec', 'logs', '--json', '-n', '--', '--config', '-y', '--name', 'help'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (line) => {
        try {
          read(line);
        } catch (error) {
          expect(error).toMatchObject({ name: 'AppError', code: 'usage' });
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('help', () => {
  it('is asked for anywhere but in a remote command', () => {
    expect(read(['-h']).globals.help).toBe(true);
    expect(read(['help', 'vm']).globals.help).toBe(true);
    const globals = noGlobals();
    scan(['vm', 'exec', '--help'], tree, globals);
    expect(globals.help).toBe(true);
  });

  it('shows arguments, options, their limits and the global options', () => {
    const text = commandHelp(command('vm.exec'));
    expect(text).toContain('Usage: agentworks vm exec [options] NAME COMMAND…');
    expect(text).toContain('--cwd PATH');
    expect(text).toContain('--non-interactive');
    expect(commandHelp(command('vm.create'))).toContain('one of qemu, ssh');
    expect(groupHelp(tree)).toMatch(/Commands:\n {2}vm /);
  });
});
