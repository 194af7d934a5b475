import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exactPane, tmuxArgv } from '../../src/core/tmux/argv.ts';
import { isEndedLine, sessionConf } from '../../src/core/tmux/conf.ts';
import { paneFormat, parsePanes } from '../../src/core/tmux/parse.ts';

const hasTmux = spawnSync('tmux', ['-V']).status === 0;

/** A real server with our configuration, and a home whose own tmux file must not matter. */
describe.skipIf(!hasTmux)('configuration of a session server', () => {
  let folder: string;
  const run = (argv: string[]): string => {
    const [program = '', ...args] = argv;
    const env = { PATH: process.env.PATH, HOME: folder, TERM: 'xterm-256color', SHELL: '/bin/sh' };
    const result = spawnSync(program, args, { encoding: 'utf8', env, cwd: folder });
    if (result.status !== 0) throw new Error(`${argv.join(' ')}: ${result.stderr}`);
    return result.stdout;
  };
  const tmux = (...args: string[]): string => run(tmuxArgv(join(folder, 's.sock'), ...args));
  const start = (name: string, script: string): string =>
    run([
      'tmux',
      '-f',
      join(folder, 'conf'),
      ...tmuxArgv(join(folder, 's.sock')).slice(1),
      'new-session',
      '-d',
      '-s',
      name,
      '-x',
      '80',
      '-y',
      '24',
      '/bin/sh',
      '-c',
      script,
    ]);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'agw-tmux-'));
    writeFileSync(
      join(folder, '.tmux.conf'),
      'set -g prefix C-z\nset -g status on\nset -g remain-on-exit off\nbind -n F1 new-window\n',
    );
    writeFileSync(join(folder, 'conf'), sessionConf({ historyLimit: 777 }));
    start('claude-two', 'sleep 600');
  });
  afterAll(() => {
    tmux('kill-server');
    rmSync(folder, { recursive: true, force: true });
  });

  it('is in force, and the own file of the user is not', () => {
    const options = tmux('show-options', '-g').split('\n');
    expect(options).toEqual(
      expect.arrayContaining(['history-limit 777', 'status off', 'prefix C-b', 'prefix2 None', 'mouse on']),
    );
    expect(tmux('show-options', '-gw').split('\n')).toEqual(
      expect.arrayContaining(['window-size latest', 'remain-on-exit on', 'monitor-bell on', 'allow-rename off']),
    );
    expect(tmux('show-options', '-s')).toContain('set-clipboard external');
  });

  it('binds only detach, copy mode, page up, send-prefix and the mouse', () => {
    const keys = tmux('list-keys')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.trim().split(/\s+/).slice(1));
    const of = (table: string): string[] =>
      keys
        .filter(([, name]) => name === table)
        .map(([, , key = '']) => key)
        .sort();
    expect(of('prefix')).toEqual(['C-b', 'PPage', '[', 'd'].sort());
    expect(of('root')).toEqual(['MouseDrag1Pane', 'WheelDownPane', 'WheelUpPane']);
    const reachable = tmux('list-keys');
    for (const word of [
      'new-window',
      'split-window',
      'command-prompt',
      'run-shell',
      'copy-pipe',
      'display-menu',
      'customize-mode',
      'choose-tree',
      'kill-',
      'source-file',
      'confirm-before',
    ]) {
      expect(reachable, word).not.toContain(word);
    }
  });

  it('knows the exact session only', () => {
    expect(() => tmux('has-session', '-t', '=claude')).toThrow();
    expect(tmux('has-session', '-t', '=claude-two')).toBe('');
    // A window of that name in another session is no session.
    tmux('new-window', '-d', '-t', exactPane('claude-two'), '-n', 'claude', 'sleep 600');
    expect(() => tmux('list-panes', '-s', '-t', exactPane('claude'), '-F', paneFormat)).toThrow();
  });

  it('keeps exit code and last screen of a command that ended', async () => {
    start('ended', 'echo last words; exit 3');
    let panes = parsePanes(tmux('list-panes', '-s', '-t', '=ended:', '-F', paneFormat));
    for (let i = 0; i < 50 && panes[0]?.exitCode === undefined; i++) {
      await sleep(20);
      // As the probe does it: tmux 3.3a sometimes misses the end of a pane's process.
      if (panes[0]?.isDead === true) tmux('run-shell', '-b', ':');
      panes = parsePanes(tmux('list-panes', '-s', '-t', '=ended:', '-F', paneFormat));
    }
    expect(panes[0]).toMatchObject({ isDead: true, exitCode: 3 });
    // tmux scrolls by a line to say that the pane is dead.
    const shown = tmux('capture-pane', '-p', '-S', '-', '-t', '=ended:').trim().split('\n');
    expect(shown).toContain('last words');
    expect(shown.at(-1)).toMatch(/^Ended with exit code 3\. Detach with C-b d; start it again with: /);
    expect(isEndedLine(shown.at(-1) ?? '')).toBe(true);
  });

  it('shows a bell that rang while nobody was attached', async () => {
    start('ringing', "printf '\\a'; sleep 600");
    let hasBell = false;
    for (let i = 0; i < 50 && !hasBell; i++) {
      await sleep(20);
      hasBell = parsePanes(tmux('list-panes', '-s', '-t', '=ringing:', '-F', paneFormat))[0]?.hasBell === true;
    }
    expect(hasBell).toBe(true);
  });
});
