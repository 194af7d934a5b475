import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCompletion } from '../../src/core/completion/service.ts';
import type { Engine } from '../../src/core/engine.ts';
import { createNodeEngine } from '../../src/node/createEngine.ts';
import { silentAsk } from '../fakes/ask.ts';

let home: string;
const engineWith = (env: Record<string, string> = {}): Engine =>
  createNodeEngine({ ask: silentAsk, env: { HOME: home, ...env }, version: '0' });

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'agentworks-install-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const pathOf = async (engine: Engine, shell: string): Promise<string> => {
  const output = await runCompletion(engine, { shell, install: true });
  return (output.data as { path: string }).path;
};

describe('completion --install', () => {
  it('writes where each shell looks', async () => {
    expect(await pathOf(engineWith(), 'bash')).toBe(join(home, '.local/share/bash-completion/completions/agentworks'));
    expect(await pathOf(engineWith(), 'fish')).toBe(join(home, '.config/fish/completions/agentworks.fish'));
    expect(await pathOf(engineWith(), 'zsh')).toBe(join(home, '.zfunc/_agentworks'));
    mkdirSync(join(home, '.oh-my-zsh/custom'), { recursive: true });
    expect(await pathOf(engineWith(), 'zsh')).toBe(join(home, '.oh-my-zsh/custom/completions/_agentworks'));
    expect(await pathOf(engineWith({ ZSH_CUSTOM: join(home, 'z') }), 'zsh')).toBe(
      join(home, 'z/completions/_agentworks'),
    );
    expect(readFileSync(join(home, '.zfunc/_agentworks'), 'utf8')).toMatch(/^#compdef agentworks/);
  });

  it('is found by bash and fish for agw as well', async () => {
    const short = [
      join(home, '.local/share/bash-completion/completions/agw'),
      join(home, '.config/fish/completions/agw.fish'),
    ];
    for (const shell of ['bash', 'fish']) await pathOf(engineWith(), shell);
    expect(short.map((path) => existsSync(path))).toEqual([true, true]);
    for (const shell of ['bash', 'fish']) await runCompletion(engineWith(), { shell, uninstall: true });
    expect(short.map((path) => existsSync(path))).toEqual([false, false]);
  });

  it('only says so with --dry-run', async () => {
    const output = await runCompletion(engineWith(), { shell: 'fish', install: true, dryRun: true });
    expect(output).toMatchObject({ type: 'message', text: expect.stringContaining('Would install to') });
    expect(existsSync(join(home, '.config'))).toBe(false);
  });

  it('takes away what it wrote and nothing else', async () => {
    const path = await pathOf(engineWith(), 'fish');
    await runCompletion(engineWith(), { shell: 'fish', uninstall: true });
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, '# mine\n');
    await expect(runCompletion(engineWith(), { shell: 'fish', uninstall: true })).rejects.toMatchObject({
      code: 'refused',
    });
    expect(existsSync(path)).toBe(true);
  });

  it('takes the shell from SHELL, and asks for one it cannot find', async () => {
    const output = await runCompletion(engineWith({ SHELL: '/usr/bin/fish' }), {});
    expect(output).toMatchObject({ type: 'text', data: { shell: expect.stringMatching(/fish|bash|zsh/) } });
    await expect(runCompletion(engineWith(), { shell: 'powershell', install: true })).rejects.toMatchObject({
      code: 'missing-tool',
    });
  });
});
