import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completionScript, type Shell } from '../../src/core/completion/scripts.ts';
import { sampleCommands } from '../cli/commands.ts';

const folder = mkdtempSync(join(tmpdir(), 'agentworks-shells-'));
const env = {
  ...process.env,
  PATH: `${folder}:${process.env.PATH}`,
  HOME: folder,
  ZDOTDIR: folder,
  XDG_CONFIG_HOME: folder,
};

const has = (shell: string): boolean => {
  try {
    execFileSync(shell, ['-c', 'exit 0'], { stdio: 'ignore' });
    return true;
  } catch {
    process.stderr.write(`SKIPPED: ${shell} is not installed; its completion script is not tried.\n`);
    return false;
  }
};

const script = (shell: Shell): string => join(folder, `stub.${shell}`);

/** The scripts in the shells themselves, with a program in PATH that answers for a small table. */
describe('completion in a shell', () => {
  beforeAll(() => {
    buildSync({
      stdin: {
        contents: `import { main } from './program.ts'; void main(process.argv.slice(2));`,
        resolveDir: import.meta.dirname,
      },
      bundle: true,
      platform: 'node',
      format: 'cjs',
      outfile: join(folder, 'program.cjs'),
    });
    writeFileSync(join(folder, 'agentworks'), `#!/bin/sh\nexec '${process.execPath}' '${folder}/program.cjs' "$@"\n`, {
      mode: 0o755,
    });
    for (const shell of ['bash', 'zsh', 'fish'] as const)
      writeFileSync(script(shell), completionScript(shell, sampleCommands));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const bash = (...words: string[]): string[] => {
    const text = execFileSync(
      'bash',
      [
        '-c',
        `source "$0"; COMP_WORDS=(agentworks "$@"); COMP_CWORD=$#; _agentworks; printf '%s\\n' "\${COMPREPLY[@]}"`,
        script('bash'),
        ...words,
      ],
      { env, encoding: 'utf8', cwd: folder },
    );
    return text.split('\n').filter(Boolean);
  };

  it.runIf(has('bash'))('works in bash', () => {
    expect(bash('vm', 'e')).toEqual(['exec']);
    expect(bash('agent', 'workspace-grants', 'grant', 'ada', 'api,')).toEqual(['api,app', 'api,web']);
    expect(bash('vm', 'create', '--platform', '=', 'q')).toEqual(['qemu']);
    expect(bash('vm', 'exec', '--cwd', '')).toEqual([]);
    expect(bash('vm', 'logs', '')).toEqual(['dev', 'dev-two', 'build']);
    const bound = execFileSync('bash', ['-c', 'source "$0"; complete -p agentworks agw', script('bash')], {
      encoding: 'utf8',
    });
    expect(bound.trim().split('\n')).toHaveLength(2);
  });

  /** A real zsh in a terminal of its own: types the line and Tab, then prints what the line has become. */
  const zsh = (line: string): string => {
    const driver = `
      zmodload zsh/zpty
      zpty -b shell "TERM=dumb zsh -f -i"
      zpty -w shell 'PS1=""; RPS1=""; unsetopt zle_bracketed_paste; LISTMAX=0; autoload -Uz compinit; compinit -u -d ${folder}/dump; source ${script('zsh')}; show() { print -r -- "<<$BUFFER>>"; zle kill-whole-line; }; zle -N show; bindkey "^X" show; print READY'
      all=""
      for i in {1..200}; do zpty -r -t shell part && all+=$part; [[ $all == *$'\\n'READY* ]] && break; sleep 0.05; done
      zpty -w -n shell $'${line}\\t'; sleep 0.1
      zpty -w -n shell $'\\x18'
      all=""
      for i in {1..200}; do zpty -r -t shell part && all+=$part; [[ $all == *"<<"*">>"* ]] && break; sleep 0.05; done
      print -r -- $all
      zpty -d shell
    `;
    const text = execFileSync('zsh', ['-f', '-c', driver], { env, encoding: 'utf8', cwd: folder });
    return /<<(.*?)>>/s.exec(text)?.[1] ?? text;
  };

  it.runIf(has('zsh'))('works in zsh', () => {
    expect(zsh('agentworks vm ex')).toBe('agentworks vm exec ');
    expect(zsh('agentworks agent workspace-grants grant ad')).toBe('agentworks agent workspace-grants grant ada ');
    expect(zsh('agentworks vm create --platform=q')).toBe('agentworks vm create --platform=qemu ');
    expect(zsh('agentworks agent workspace-grants grant ada api,w')).toBe(
      'agentworks agent workspace-grants grant ada api,web ',
    );
  });

  const fish = (line: string): string[] => {
    const text = execFileSync('fish', ['--no-config', '-c', `source ${script('fish')}; complete -C '${line}'`], {
      env,
      encoding: 'utf8',
      cwd: folder,
    });
    return text
      .split('\n')
      .filter(Boolean)
      .map((row) => row.split('\t')[0] ?? '');
  };

  it.runIf(has('fish'))('works in fish', () => {
    expect(fish('agentworks vm e')).toEqual(['exec']);
    expect(fish('agentworks vm logs ').sort()).toEqual(['build', 'dev', 'dev-two']);
    expect(fish('agentworks vm create --platform=')).toEqual(['--platform=qemu', '--platform=ssh']);
    expect(fish('agentworks agent workspace-grants grant ada api,w')).toEqual(['api,web']);
    expect(fish('agw vm e')).toEqual(['exec']);
  });

  it.runIf(has('fish'))('hands file names over to fish', () => {
    writeFileSync(join(folder, 'settings.toml'), '');
    expect(fish('agentworks --config sett')).toEqual(['settings.toml']);
    expect(fish('agentworks vm exec --cwd=sett')).toEqual(['--cwd=settings.toml']);
  });
});
