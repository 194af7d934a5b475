import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandTree } from '../../src/core/commands/tree.ts';
import { complete } from '../../src/core/completion/answer.ts';
import { configNames } from '../../src/core/completion/names.ts';
import { readWords, writeAnswer } from '../../src/core/completion/protocol.ts';
import { completionScript, shells, stampOf } from '../../src/core/completion/scripts.ts';
import { stampIn } from '../../src/core/completion/stamp.ts';
import { sampleCommands } from '../cli/commands.ts';
import { valuesOf } from './program.ts';

const tree = commandTree(sampleCommands);

async function offers(line: string): Promise<string[] | 'files'> {
  const answer = await complete(tree, line.split(' '), valuesOf);
  return answer.kind === 'files' ? 'files' : answer.candidates.map(({ value }) => value);
}

describe('completion', () => {
  it('offers groups and verbs, nested ones too', async () => {
    expect(await offers('')).toEqual(['vm', 'agent', 'doctor']);
    expect(await offers('vm e')).toEqual(['exec']);
    expect(await offers('agent workspace-grants ')).toEqual(['grant']);
    expect(await offers('nothing ')).toEqual([]);
  });

  it('goes on after a global option', async () => {
    expect(await offers('--json --config a.toml vm e')).toEqual(['exec']);
    expect(await offers('--config ')).toBe('files');
    expect(await offers('vm logs --json d')).toEqual(['dev', 'dev-two']);
  });

  it('offers arguments in their order', async () => {
    expect(await offers('agent workspace-grants grant ')).toEqual(['ada', 'bob']);
    expect(await offers('agent workspace-grants grant ada a')).toEqual(['api', 'app']);
    expect(await offers('vm logs dev ')).toContain('--follow');
  });

  it('completes the last member of a comma list and offers none twice', async () => {
    expect(await offers('agent workspace-grants grant ada api,')).toEqual(['api,app', 'api,web']);
    expect(await offers('agent workspace-grants grant ada api app,w')).toEqual(['app,web']);
    expect(await offers('agent workspace-grants grant ada api a')).toEqual(['app']);
  });

  it('offers every spelling of an option until it was used', async () => {
    expect(await offers('vm logs -')).toEqual(
      expect.arrayContaining(['--lines', '-n', '--follow', '-f', '--json', '--help', '-h']),
    );
    const after = await offers('vm logs -n 5 --json --f');
    expect(after).toEqual(['--follow']);
    expect(await offers('vm logs -n 5 --json --')).not.toContain('--lines');
    expect(await offers('vm logs -n 5 --json --')).not.toContain('--json');
  });

  it('offers the values of an option, after a blank or an equals sign', async () => {
    expect(await offers('vm create --platform ')).toEqual(['qemu', 'ssh']);
    expect(await offers('vm create --platform=q')).toEqual(['--platform=qemu']);
    expect(await offers('vm create --template ')).toEqual(['default', 'big']);
    expect(await offers('vm create --name ')).toEqual([]);
    expect(await offers('vm exec --cwd /t')).toBe('files');
  });

  it('keeps out of a remote command', async () => {
    expect(await offers('vm exec dev ')).toEqual([]);
    expect(await offers('vm exec dev ls --')).toEqual([]);
    expect(await offers('vm exec dev -- ls -')).toEqual([]);
  });

  it('answers whatever was typed', async () => {
    const word = fc.oneof(fc.constantFrom('vm', 'exec', 'logs', '--', '-', '--config', '=', ',', 'agent'), fc.string());
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 6 }), async (words) => {
        const { words: read, prefix } = readWords('bash', words);
        const text = writeAnswer(await complete(tree, read, valuesOf), prefix);
        expect(text === '' || text.endsWith('\n')).toBe(true);
      }),
    );
  });

  it('understands how bash breaks a word at an equals sign', () => {
    expect(readWords('bash', ['vm', 'create', '--platform', '=', 'q'])).toEqual({
      words: ['vm', 'create', '--platform=q'],
      prefix: '--platform=',
    });
    expect(readWords('bash', ['vm', 'create', '--platform', '='])).toEqual({
      words: ['vm', 'create', '--platform='],
      prefix: '--platform=',
    });
    expect(readWords('bash', ['--platform', '=', 'q', 'x'])).toEqual({ words: ['--platform=q', 'x'], prefix: '' });
    expect(readWords('zsh', ['vm', ''])).toEqual({ words: ['vm', ''], prefix: '' });
  });

  it('never offers what a shell would read as something else', () => {
    const candidates = ['fine', 'two words', "it's", '$(rm)', '`x`', 'a\tb'].map((value) => ({
      value,
      help: 'h\n\u001b[2J',
    }));
    expect(writeAnswer({ kind: 'candidates', candidates }, '')).toBe('fine\th\n');
  });
});

describe('names of a configuration', () => {
  it('are those of its tables, however they are written', async () => {
    const text =
      '[vm_templates.dev]\n[vm_templates."a b"]\n[session_templates.x.env]\nA = "1"\n[agent_templates]\ny = { shell = "zsh" }\n';
    expect(await configNames(text)).toEqual({
      vm_templates: ['dev', 'a b'],
      session_templates: ['x'],
      agent_templates: ['y'],
    });
  });

  it('are found in a file that does not parse', async () => {
    expect(await configNames('[vm_templates.dev]\ncpus = \n[vm_templates."two"]\n[git_credentials.gh]\n')).toEqual({
      vm_templates: ['dev', 'two'],
      git_credentials: ['gh'],
    });
  });
});

describe('scripts', () => {
  it('carry a stamp that changes with the verbs', () => {
    for (const shell of shells) expect(stampIn(completionScript(shell, sampleCommands))).toBe(stampOf(sampleCommands));
    expect(stampOf(sampleCommands)).toMatch(/^[0-9a-f]{12}$/);
    expect(stampOf(sampleCommands.slice(1))).not.toBe(stampOf(sampleCommands));
    expect(stampIn('echo\n# agentworks-completion-version: 0123456789ab\n')).toBeUndefined();
  });

  it('say what they are', () => {
    expect(completionScript('zsh', sampleCommands)).toMatch(/^#compdef agentworks/);
    expect(completionScript('powershell', sampleCommands)).toContain('Register-ArgumentCompleter');
  });
});
