import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listSalvages } from '../../src/core/salvage/folder.ts';
import { startWorld, type World } from '../workspace/world.ts';

const execute = promisify(execFile);
const base = '/opt/agentworks/workspaces';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  for (const name of ['ann', 'bob']) await world.run('agent.create', { name, vm: 'box' });
});
afterAll(() => world?.close());

const root = async (script: string): Promise<string> => (await world.host.root(`cd /; ${script}`)).stdout.trim();

/** A workspace that agents may enter, and shell text in it as one of them. */
async function workspace(
  name: string,
  ...agents: string[]
): Promise<(script: string, agent?: string) => Promise<void>> {
  await world.run('workspace.create', { name, vm: 'box' });
  for (const agent of agents) await world.run('agent.workspace-grants.grant', { name: agent, workspaces: name });
  return async (script, agent = agents[0] ?? '') => {
    const ran = await world.as(`agt--${agent}`, `set -e; cd ${base}/${name}; ${script}`);
    expect(ran).toMatchObject({ code: 0 });
  };
}

const newRepo = `git init -q -b main .; git config user.name a; git config user.email a@a.invalid; echo 1 >f; echo 1 >g; printf '/ign\\n*.log\\n.env\\n' >.gitignore; git add .; git commit -q -m x`;

const salvageOf = (output: { data?: unknown }): string => (output.data as { salvage: string }).salvage;
const tarOf = async (path: string, name: string, file: string): Promise<string> =>
  (await execute('tar', ['xOf', join(path, `workspace-${name}`, 'files.tar'), file])).stdout;
const manifestOf = async (path: string) => JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8'));

describe('deleting a workspace with work that is nowhere else', () => {
  it('names the counts, saves it whatever the flags, and only then deletes', async () => {
    const ann = await workspace('one', 'ann');
    await ann(newRepo);
    await ann(`echo s1 >f; git stash -q; echo s2 >f; git stash -q
git checkout -q -b side; echo 2 >h; git add h; git commit -q -m side; git checkout -q main
echo staged >g; git add g; echo unstaged >g; echo new >n; mkdir ign; echo i >ign/i; echo SECRET=1 >.env
echo mine >private; chmod 600 private; mkdir closed; echo x >closed/x; chmod 700 closed`);
    await ann('(sleep 300 >/dev/null 2>&1 </dev/null &)');
    const plan = await world.run('workspace.delete', { name: 'one', dryRun: true });
    const said = JSON.stringify(plan);
    expect(said).toContain('1 changed file, 3 untracked files, 2 commits nowhere else, 2 stashes');
    expect(said).toContain('2 small files that Git ignores');
    expect(said).toContain('1 live process: sleep');
    expect(await listSalvages(world.engine)).toEqual([]);

    const before = await world.host.connections();
    const path = salvageOf(await world.run('workspace.delete', { name: 'one', yes: true, force: true }));
    expect((await world.host.connections()) - before).toBe(0);
    expect(await root(`ls ${base}; ls /run | grep agentworks-salvage || true`)).toBe('');

    expect((await stat(path)).mode & 0o777).toBe(0o700);
    const files = await readdir(path, { recursive: true, withFileTypes: true });
    for (const one of files.filter((each) => each.isFile())) {
      expect((await stat(join(one.parentPath, one.name))).mode & 0o777).toBe(0o600);
    }
    expect(await tarOf(path, 'one', 'g')).toBe('unstaged\n');
    expect(await tarOf(path, 'one', 'private')).toBe('mine\n');
    expect(await tarOf(path, 'one', 'closed/x')).toBe('x\n');
    expect(await tarOf(path, 'one', 'ign/i')).toBe('i\n');
    expect(await tarOf(path, 'one', '.env')).toBe('SECRET=1\n');
    await expect(tarOf(path, 'one', 'f')).rejects.toThrow();
    const bundle = join(path, 'workspace-one', 'repository-1.bundle');
    const heads = (await execute('git', ['bundle', 'list-heads', bundle])).stdout;
    for (const ref of ['refs/heads/main', 'refs/heads/side', 'refs/salvage/stash/0', 'refs/salvage/stash/1']) {
      expect(heads).toContain(ref);
    }
  });

  it('writes nothing when there is nothing to lose', async () => {
    const count = (await listSalvages(world.engine)).length;
    await workspace('empty');
    const plan = await world.run('workspace.delete', { name: 'empty', dryRun: true });
    expect(JSON.stringify(plan)).toContain('No work that is nowhere else was found');
    expect(salvageOf(await world.run('workspace.delete', { name: 'empty', yes: true }))).toBeNull();
    expect(await listSalvages(world.engine)).toHaveLength(count);
  });

  it('keeps what is in no repository, nested and bare repositories, and a detached head', async () => {
    const ann = await workspace('many', 'ann');
    await ann(`echo loose >loose; mkdir -p a/b; cd a/b; ${newRepo}; git checkout -q --detach; echo d >d; git add d; git commit -q -m detached
cd ../..; git init -q --bare bare.git; cd a/b; git push -q ../../bare.git main:kept`);
    const path = salvageOf(await world.run('workspace.delete', { name: 'many', yes: true }));
    expect(await tarOf(path, 'many', 'loose')).toBe('loose\n');
    const manifest = await manifestOf(path);
    const bundles = manifest.members.filter((one: { type: string }) => one.type === 'bundle');
    expect(bundles.map((one: { path: string }) => one.path).sort()).toEqual(['a/b', 'bare.git']);
    const nested = bundles.find((one: { path: string }) => one.path === 'a/b');
    expect((await execute('git', ['bundle', 'list-heads', join(path, nested.file)])).stdout).toContain(
      'refs/salvage/HEAD',
    );
  });

  it('keeps the folder of a repository that Git cannot read', async () => {
    const ann = await workspace('torn', 'ann');
    await ann(`${newRepo}; find .git/objects -type f -delete; echo kept >.git/HEAD.mine`);
    const path = salvageOf(await world.run('workspace.delete', { name: 'torn', yes: true }));
    expect(await tarOf(path, 'torn', '.git/HEAD.mine')).toBe('kept\n');
    expect(await tarOf(path, 'torn', 'f')).toBe('1\n');
  });
});

describe('a VM that does not answer', () => {
  it('is said to be unsalvaged, and forgetting needs the name said back', async () => {
    await workspace('far');
    await world.run('session.create', { name: 'faraway', workspace: 'far', admin: true });
    const plan = JSON.stringify(await world.run('workspace.delete', { name: 'far', dryRun: true }));
    expect(plan).toContain("It needs --force: Workspace 'far' has 1 session.");
    await world.host.stop();
    await expect(world.run('workspace.delete', { name: 'far', yes: true, force: true })).rejects.toMatchObject({
      code: expect.stringMatching(/unreachable|timeout|connection-lost/),
      hint: expect.stringContaining('Nothing of it is saved yet'),
    });
    for (const params of [{}, { unsalvaged: 'fa' }]) {
      await expect(
        world.run('workspace.delete', { name: 'far', yes: true, forget: true, ...params }),
      ).rejects.toMatchObject({ code: 'refused', message: expect.stringContaining('not salvaged') });
    }
    await world.run('workspace.delete', { name: 'far', yes: true, forget: true, unsalvaged: 'far' });
    await world.host.start();
  });
});
