import { AppError } from '../errors.ts';
import type { Files } from '../ports/files.ts';
import type { Process } from '../ports/process.ts';
import type { Shell } from './scripts.ts';

export interface Target {
  shell: Shell;
  path: string;
  /** The same again, for a shell that finds scripts by the name of the program. */
  shortPath?: string;
  /** What the operator may have to do once, if anything. */
  note?: string | undefined;
  /** A start file that needs one line. */
  profile?: { path: string; line: string } | undefined;
}

type Ports = { files: Files; process: Process };

const bashPath = (home: string, name: string): string => `${home}/.local/share/bash-completion/completions/${name}`;
const fishPath = (home: string, name: string): string => `${home}/.config/fish/completions/${name}.fish`;
const names = ['agentworks', 'agw'] as const;

/** Where zsh may have our script, the place in use first. */
function zshPaths({ files, process }: Ports): string[] {
  const custom = process.env.ZSH_CUSTOM;
  return [
    ...(custom === undefined || custom === '' ? [] : [`${custom}/completions/_agentworks`]),
    `${files.home}/.oh-my-zsh/custom/completions/_agentworks`,
    `${files.home}/.zfunc/_agentworks`,
  ];
}

async function powershellProfile({ process }: Ports): Promise<string | undefined> {
  for (const program of ['pwsh', 'powershell']) {
    if ((await process.find(program)) === undefined) continue;
    const command = ['-NoProfile', '-NonInteractive', '-Command', '$PROFILE.CurrentUserAllHosts'];
    const answer = await process.run(program, command, { timeoutMs: 10_000 }).catch(() => undefined);
    const path = answer?.code === 0 ? answer.stdout.trim() : '';
    if (path !== '') return path;
  }
  return undefined;
}

const folderOf = (path: string): string => path.replace(/[/\\][^/\\]*$/, '');
const psScript = (profile: string): string => `${folderOf(profile)}/Completions/agentworks.ps1`;

/** Where a shell looks for our script. Throws `missing-tool` when PowerShell is not here. */
export async function targetOf(shell: Shell, ports: Ports): Promise<Target> {
  const { files } = ports;
  switch (shell) {
    case 'bash': {
      const rc = (await files.readText(`${files.home}/.bashrc`)) ?? '';
      const note =
        rc.includes('bash-completion') || rc.includes('bash_completion')
          ? undefined
          : 'It is loaded by the bash-completion package; your ~/.bashrc does not mention it.';
      return { shell, path: bashPath(files.home, names[0]), shortPath: bashPath(files.home, names[1]), note };
    }
    case 'fish':
      return { shell, path: fishPath(files.home, names[0]), shortPath: fishPath(files.home, names[1]) };
    case 'zsh': {
      const [first = '', ...others] = zshPaths(ports);
      const ohMyZsh = await files.info(`${files.home}/.oh-my-zsh/custom`);
      const hasCustom = others.length === 2;
      if (hasCustom) return { shell, path: first };
      if (ohMyZsh?.kind === 'directory') return { shell, path: first };
      return {
        shell,
        path: others[others.length - 1] ?? first,
        note: 'Put `fpath=(~/.zfunc $fpath)` before `compinit` in your ~/.zshrc.',
      };
    }
    case 'powershell': {
      const profile = await powershellProfile(ports);
      if (profile === undefined) {
        throw new AppError('missing-tool', 'PowerShell was not found.', { hint: 'Install it, or name another shell.' });
      }
      const path = psScript(profile);
      return { shell, path, profile: { path: profile, line: `. "${path}"` } };
    }
  }
}

/** Every place that may hold a script of ours, for `doctor` and `--uninstall`. PowerShell is asked only when `isThorough`. */
export async function possibleTargets(ports: Ports, isThorough: boolean): Promise<{ shell: Shell; path: string }[]> {
  const { files } = ports;
  const profile = isThorough ? await powershellProfile(ports) : undefined;
  return [
    ...names.map((name) => ({ shell: 'bash' as const, path: bashPath(files.home, name) })),
    ...zshPaths(ports).map((path) => ({ shell: 'zsh' as const, path })),
    ...names.map((name) => ({ shell: 'fish' as const, path: fishPath(files.home, name) })),
    ...(profile === undefined ? [] : [{ shell: 'powershell' as const, path: psScript(profile) }]),
  ];
}
