import { delimiter, join } from 'node:path';
import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';

export type OwnGit = (args: readonly string[], stdin?: string) => Promise<string>;

/**
 * Git on this machine, in a repository that we have just made: its configuration is ours, the operator's own is left out,
 * so that no attribute of files that came from a VM names a program that exists. `verb`: what fails, as in "could not
 * restore".
 */
export function ownGit(
  engine: Engine,
  folder: string,
  options: { isBare: boolean; verb: string },
  context: OperationContext,
): OwnGit {
  const { isBare, verb } = options;
  const env = {
    GIT_DIR: isBare ? folder : join(folder, '.git'),
    ...(isBare ? {} : { GIT_WORK_TREE: folder, GIT_INDEX_FILE: join(folder, '.git', 'index') }),
    GIT_CONFIG_GLOBAL: delimiter === ';' ? 'NUL' : '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: '',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_AUTHOR_NAME: 'salvage',
    GIT_AUTHOR_EMAIL: 'salvage@agentworks.invalid',
    GIT_COMMITTER_NAME: 'salvage',
    GIT_COMMITTER_EMAIL: 'salvage@agentworks.invalid',
    LC_ALL: 'C',
  };
  const settings = ['core.hooksPath=/dev/null', 'core.fsmonitor=', 'gc.auto=0', 'core.autocrlf=false'];
  return async (args, stdin) => {
    const result = await engine.process.run('git', [...settings.flatMap((one) => ['-c', one]), ...args], {
      env,
      cwd: folder,
      signal: context.signal,
      ...(stdin === undefined ? {} : { stdin: Buffer.from(stdin, 'latin1') }),
    });
    if (result.code === 0) return result.stdout;
    throw new AppError('invalid', `Git could not ${verb} ${folder}: ${result.stderr.trim().split('\n').at(-1) ?? ''}`, {
      data: { folder, command: args[0] },
    });
  };
}
