import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startWorld, type World } from '../workspace/world.ts';

const execute = promisify(execFile);
export const base = '/opt/agentworks/workspaces';

/** A machine with the agents `ann` and `bob`. */
export async function startScene(): Promise<World> {
  const world = await startWorld();
  for (const name of ['ann', 'bob']) await world.run('agent.create', { name, vm: 'box' });
  return world;
}

/** A workspace that agents may enter, and shell text in it as one of them. */
export async function makeWorkspace(
  world: World,
  name: string,
  ...agents: string[]
): Promise<(script: string, agent?: string) => Promise<string>> {
  await world.run('workspace.create', { name, vm: 'box' });
  for (const agent of agents) await world.run('agent.workspace-grants.grant', { name: agent, workspaces: name });
  return async (script, agent = agents[0] ?? '') => {
    const ran = await world.as(`agt--${agent}`, `set -e; cd ${base}/${name}; ${script}`);
    if (ran.code !== 0) throw new Error(`${script}\n${ran.stderr}`);
    return ran.stdout;
  };
}

export const newRepo = `git init -q -b main .; git config user.name a; git config user.email a@a.invalid; echo 1 >f; echo 1 >g; printf '/ign\\n*.log\\n.env\\n' >.gitignore; git add .; git commit -q -m x`;

export const salvageOf = (output: { data?: unknown }): string => (output.data as { salvage: string }).salvage;

/** Everything below a folder but Git's own: kind, name and content. Shell text, the same on both machines. */
export const contentScript = `{ find . \\( -name .git -o -name .git.salvaged \\) -prune -o -type l -printf 'l %p -> %l\\0' -o -type f -perm -100 -printf 'x %p\\0' -o -type f -printf 'f %p\\0' | LC_ALL=C sort -z
find . \\( -name .git -o -name .git.salvaged \\) -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum -z; } | base64 -w0`;

/** What Git says of a repository: status, references, stashes. */
export const gitScript = `{ git -c safe.directory='*' status --porcelain=v2 -z --untracked-files=all; echo; git -c safe.directory='*' symbolic-ref -q HEAD || git -c safe.directory='*' rev-parse -q --verify HEAD || true
git -c safe.directory='*' for-each-ref --format='%(objectname) %(refname)' refs/heads refs/tags; git -c safe.directory='*' stash list --format='%H %gs'; } | base64 -w0`;

export const localShell = async (folder: string, script: string): Promise<string> =>
  (
    await execute('bash', ['-ec', script], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' },
      maxBuffer: 64 * 2 ** 20,
    })
  ).stdout;
