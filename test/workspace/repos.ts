import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A repository on this machine: branches `main` and `side`, tag `v1`, four commits. */
export async function makeRepo(
  path: string,
  files: Record<string, string> = { 'read.me': 'hello\n' },
): Promise<string> {
  const git = (...args: string[]) =>
    execute('git', ['-C', path, '-c', 'user.name=Test', '-c', 'user.email=test@host.invalid', ...args]);
  await mkdir(path, { recursive: true });
  await git('init', '--quiet', '--initial-branch=main');
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), content);
  }
  await git('add', '.');
  await git('commit', '--quiet', '-m', 'one');
  await git('tag', 'v1');
  for (const message of ['two', 'three']) await git('commit', '--quiet', '--allow-empty', '-m', message);
  await git('branch', 'side', 'HEAD~1');
  await git('commit', '--quiet', '--allow-empty', '-m', 'four');
  return path;
}

export const gitIn = async (path: string, ...args: string[]): Promise<string> =>
  (await execute('git', ['-C', path, ...args])).stdout.trim();
