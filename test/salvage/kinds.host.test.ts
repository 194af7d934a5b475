import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listSalvages } from '../../src/core/salvage/folder.ts';
import { protect } from '../../src/core/salvage/guard.ts';
import { lookForWork } from '../../src/core/salvage/look.ts';
import { listSessions } from '../../src/core/session/rows.ts';
import { requireVm } from '../../src/core/vm/lookup.ts';
import { testContext } from '../fakes/context.ts';
import type { World } from '../workspace/world.ts';
import { base, makeWorkspace, newRepo, salvageOf, startScene } from './scene.ts';

const execute = promisify(execFile);

let world: World;
beforeAll(async () => {
  world = await startScene();
});
afterAll(() => world?.close());

const root = async (script: string): Promise<string> => (await world.host.root(`cd /; ${script}`)).stdout.trim();
const count = async (): Promise<number> => (await listSalvages(world.engine)).length;

describe('agent delete', () => {
  it('writes nothing for a home that only we filled', async () => {
    await world.run('agent.create', { name: 'fresh', vm: 'box' });
    const before = await count();
    expect(salvageOf(await world.run('agent.delete', { name: 'fresh', yes: true }))).toBeNull();
    expect(await count()).toBe(before);
  });

  it('saves the home without caches and tokens, and leaves what it made in workspaces there', async () => {
    const bob = await makeWorkspace(world, 'shared', 'bob');
    await bob('echo kept >mine; chmod 600 mine');
    await world.as(
      'agt--bob',
      `cd; mkdir -p notes .cache/x .npm proj; echo n >notes/n; echo c >.cache/x/c; echo token >.git-credentials; cd proj; ${newRepo}; echo 2 >f`,
    );
    const plan = JSON.stringify(await world.run('agent.delete', { name: 'bob', dryRun: true }));
    expect(plan).toContain('Home of bob/proj (main): 1 changed file');
    expect(plan).toContain('.cache');
    const path = salvageOf(await world.run('agent.delete', { name: 'bob', yes: true }));
    const list = (await execute('tar', ['tf', join(path, 'home-bob', 'files.tar')])).stdout;
    expect(list).toMatch(/^notes\/n$/m);
    expect(list).toMatch(/^proj\/f$/m);
    expect(list).not.toMatch(/\.cache|git-credentials/);
    expect(await root(`cat ${base}/shared/mine`)).toBe('kept');
  });
});

describe('a machine of the reference, which has no operator accounts', () => {
  it('is read by nobody with the group of the workspace, private files as their owner; nothing is made there', async () => {
    const ann = await makeWorkspace(world, 'legacy', 'ann');
    await ann(`${newRepo}; echo 2 >f; echo a >of-ann; chmod 600 of-ann`);
    await root(
      `userdel -r op--legacy 2>/dev/null; cd ${base}/legacy; echo admin >of-admin; echo root >of-root; chmod 600 of-admin of-root; chown agentworks of-admin`,
    );
    const vm = { ...(await requireVm(world.engine, 'box')), origin: 'imported' as const };
    const target = {
      kind: 'workspace',
      name: 'legacy',
      path: `${base}/legacy`,
      account: 'op--legacy',
      group: 'ws--legacy',
    } as const;
    const context = testContext();
    const found = await lookForWork(world.engine, vm, [target], context);
    if (found.status !== 'known') throw new Error(found.reason);
    const [tree] = found.trees;
    expect(tree).toMatchObject({ readAs: 'nobody', repositories: [{ status: 'read', changed: 1, untracked: 2 }] });
    expect(tree?.unreadable).toEqual([{ path: 'of-root', owner: 'root' }]);
    const scope = { kind: 'workspace', name: 'legacy', verb: 'workspace.delete', vm, targets: [target] } as const;
    const saved = await protect(world.engine, scope, found, context);
    const archive = join(saved?.path ?? '', 'workspace-legacy', 'files.tar');
    expect((await execute('tar', ['xOf', archive, 'f', 'of-ann', 'of-admin'])).stdout).toBe('2\nadmin\na\n');
    expect(await root('getent passwd op--legacy || true')).toBe('');
  });
});

describe('session delete', () => {
  it('saves what it printed', async () => {
    const ann = await makeWorkspace(world, 'talk', 'ann');
    await ann('true');
    await world.run('session.create', { name: 'said', workspace: 'talk', agent: 'ann', yes: true });
    const session = await world.engine.database.read((r) => listSessions(r).find((one) => one.name === 'said'));
    await world.as(
      'agt--ann',
      `tmux -S ${session?.socket} send-keys -t =said: 'echo wo""rd; printf "\\033[31mred\\n"' Enter; sleep 1`,
    );
    const path = salvageOf(await world.run('session.delete', { name: 'said', yes: true }));
    expect(await readFile(join(path, 'session-said', 'log'), 'utf8')).toContain('word');
    expect(await readFile(join(path, 'session-said', 'screen'), 'utf8')).toContain('word');
    const to = join(world.host.directory, 'said');
    await world.run('salvage.restore', { name: 'said', to });
    const text = await readFile(join(to, 'sessions', 'said.log.txt'), 'utf8');
    expect(text).toContain('word');
    expect(text).not.toContain('\u001b');
  });

  it('waits on record for a VM that does not answer, and is forgotten by name', async () => {
    for (const name of ['late', 'lost'])
      await world.run('session.create', { name, workspace: 'talk', agent: 'ann', yes: true });
    await world.host.cut();
    try {
      await expect(world.run('session.delete', { name: 'late', yes: true })).rejects.toMatchObject({
        code: 'unreachable',
        hint: expect.stringContaining('Nothing of it is saved yet'),
      });
      expect((await world.engine.database.read(listSessions)).find((one) => one.name === 'late')?.status).toBe(
        'deleting',
      );
      await expect(
        world.run('session.delete', { name: 'lost', yes: true, force: true, forget: true }),
      ).rejects.toMatchObject({ code: 'refused' });
      await world.run('session.delete', { name: 'lost', yes: true, forget: true, unsalvaged: 'lost' });
    } finally {
      await world.host.heal();
    }
    await world.run('session.delete', { name: 'late', yes: true });
    expect((await world.engine.database.read(listSessions)).map((one) => one.name)).toEqual([]);
  }, 300_000);
});

describe('vm delete', () => {
  it('refuses to lose what it cannot save, and saves all of a VM at once', async () => {
    const ann = await makeWorkspace(world, 'both', 'ann');
    await ann(`${newRepo}; echo 2 >f`);
    await world.as('agt--ann', 'echo x >~/x');
    await world.host.cut();
    try {
      await expect(
        world.run('vm.delete', { name: 'box', yes: true, force: true, removeFiles: true }),
      ).rejects.toMatchObject({
        code: 'refused',
        message: expect.stringContaining("What is in VM 'box' is not salvaged"),
        hint: expect.stringContaining('--unsalvaged box'),
      });
    } finally {
      await world.host.heal();
    }
    const kept = await world.run('vm.delete', { name: 'box', dryRun: true });
    expect(kept).toMatchObject({ details: expect.arrayContaining([expect.stringContaining('files stay on it')]) });
    expect(kept).not.toMatchObject({ details: expect.arrayContaining([expect.stringContaining('nowhere else')]) });
    expect(kept).toMatchObject({ details: expect.arrayContaining([expect.stringContaining('It needs --force')]) });
    const plan = JSON.stringify(await world.run('vm.delete', { name: 'box', dryRun: true, removeFiles: true }));
    expect(plan).toContain('Workspace both (main): 1 changed file');
    const gone: string[] = [];
    const platform = { status: async () => ({ status: 'running' }), delete: async () => void gone.push('deleted') };
    Object.assign(world.engine, { platform: async () => platform });
    const path = salvageOf(await world.run('vm.delete', { name: 'box', yes: true, force: true, removeFiles: true }));
    expect((await execute('tar', ['xOf', join(path, 'workspace-both', 'files.tar'), 'f'])).stdout).toBe('2\n');
    expect((await execute('tar', ['xOf', join(path, 'home-ann', 'files.tar'), 'x'])).stdout).toBe('x\n');
    expect((await execute('tar', ['xOf', join(path, 'workspace-shared', 'files.tar'), 'mine'])).stdout).toBe('kept\n');
    expect(gone).toEqual(['deleted']);
  }, 300_000);
});
