import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listWorkspaces } from '../../src/core/workspace/rows.ts';
import { gitIn, makeRepo } from './repos.ts';
import { startWorld, type World } from './world.ts';

const folder = '/opt/agentworks/workspaces';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.close());

const root = async (script: string): Promise<string> => (await world.host.root(`cd /; ${script}`)).stdout.trim();
const silently = async (script: string): Promise<number> =>
  (await world.host.root(`cd /; ${script}`, { check: false })).code;

describe('a workspace on a VM', () => {
  it('has the permissions of the table, whatever the umask of who creates files', async () => {
    const before = await world.host.connections();
    await world.run('workspace.create', { name: 'plain', vm: 'box' });
    expect((await world.host.connections()) - before).toBeLessThanOrEqual(1);

    expect(await root(`stat -c '%U:%G %a' ${folder}/plain`)).toBe('root:ws--plain 2770');
    const acl = await root(`getfacl -cE ${folder}/plain`);
    expect(acl.split('\n').sort()).toEqual([
      'default:group::rwx',
      'default:mask::rwx',
      'default:other::---',
      'default:user::rwx',
      'group::rwx',
      'other::---',
      'user::rwx',
    ]);
    expect(
      (await world.as('op--plain', `umask 077; cd ${folder}/plain; mkdir d; : > f; (umask 0; : > open)`)).code,
    ).toBe(0);
    expect(await root(`cd ${folder}/plain; stat -c '%n %A %U:%G' d f open`)).toBe(
      'd drwxrws--- op--plain:ws--plain\nf -rw-rw---- op--plain:ws--plain\nopen -rw-rw---- op--plain:ws--plain',
    );
  });

  it('has an operator account with its own numbers, a closed home, root-owned keys and no sudo', async () => {
    expect(Number(await root('id -u op--plain'))).toBeGreaterThanOrEqual(20000);
    expect(await root('id -nG op--plain')).toBe('op--plain ws--plain');
    expect(await root('stat -c %a /home/op--plain')).toBe('700');
    expect(await root('stat -c "%U:%G %a" /etc/agentworks/keys /etc/agentworks/keys/op--plain')).toBe(
      'root:root 755\nroot:root 644',
    );
    const login = await world.login('op--plain', `id -un; cd ${folder}/plain && pwd`);
    expect(login.stdout).toBe(`op--plain\n${folder}/plain\n`);
    expect((await world.login('op--plain', 'sudo -n true')).code).not.toBe(0);
    // Keys in the home open nothing.
    await world.host.root(
      'install -d -m 700 -o op--plain /home/op--plain/.ssh && cp /etc/agentworks/keys/op--plain /home/op--plain/.ssh/authorized_keys && mv /etc/agentworks/keys/op--plain /root/key',
    );
    expect((await world.login('op--plain', 'true')).code).not.toBe(0);
    await world.host.root('mv /root/key /etc/agentworks/keys/op--plain');
  });

  it('is refused when the name is taken on the machine, and says what to do', async () => {
    await world.host.root(`mkdir ${folder}/taken && groupadd ws--taken2`);
    await expect(world.run('workspace.create', { name: 'taken', vm: 'box' })).rejects.toMatchObject({
      code: 'exists',
      message: expect.stringContaining(`${folder}/taken`),
    });
    await expect(world.run('workspace.create', { name: 'taken2', vm: 'box' })).rejects.toMatchObject({
      code: 'exists',
    });
    expect(await root(`test -d ${folder}/taken && getent group ws--taken2 | cut -d: -f1`)).toBe('ws--taken2');
    expect(await silently('getent group ws--taken || getent passwd op--taken || getent passwd op--taken2')).not.toBe(0);
    const rows = await world.engine.database.read((r) => listWorkspaces(r).map((one) => one.name));
    expect(rows).toEqual(['plain']);
  });

  it('comes with a local repository: branches, tags, origin, the same branch; uncommitted changes stay', async () => {
    const path = await makeRepo(join(world.host.directory, 'source'));
    await gitIn(path, 'remote', 'add', 'origin', 'https://user:secret@git.invalid/acme/web.git');
    await gitIn(path, 'config', 'branch.main.remote', 'origin');
    await gitIn(path, 'config', 'branch.main.merge', 'refs/heads/main');
    await writeFile(join(path, 'new file'), 'x');
    const { warnings } = await world.run('workspace.create', { name: 'web', vm: 'box', repo: path });
    expect(warnings.join()).toContain('1 uncommitted change');

    const git = async (args: string) => (await world.as('op--web', `cd ${folder}/web && git ${args}`)).stdout.trim();
    expect(await git('rev-parse HEAD')).toBe(await gitIn(path, 'rev-parse', 'HEAD'));
    expect(await git('status --porcelain --branch | head -1')).toMatch(/^## main/);
    expect(await git('for-each-ref --format="%(refname)"')).toBe('refs/heads/main\nrefs/heads/side\nrefs/tags/v1');
    expect(await git('remote get-url origin')).toBe('https://git.invalid/acme/web.git');
    expect(await git('config branch.main.merge')).toBe('refs/heads/main');
    expect(await git('config core.sharedRepository')).toBe('group');
    expect(await git('fsck')).toBe('');
    expect(await root(`stat -c '%A %U:%G' ${folder}/web/read.me`)).toBe('-rw-rw---- op--web:ws--web');
    expect(await root(`find ${folder}/web -perm /007 ! -type l`)).toBe('');
    expect(await root(`git config --file /etc/gitconfig --get-all safe.directory | sort`)).toBe(
      `${folder}/plain\n${folder}/web`,
    );
    expect(await root('ls /var/lib/agentworks/payloads /var/lib/agentworks/creating')).not.toContain('ws--');
  });

  it('is filled although one of that name was filled before and then lost with its VM row', async () => {
    const path = join(world.host.directory, 'source');
    await root(`mkdir -p /var/lib/agentworks/stamps/workspace.again
printf %s "$(printf packed | sha256sum | cut -d' ' -f1)" >/var/lib/agentworks/stamps/workspace.again/workspace-clone`);
    await world.run('workspace.create', { name: 'again', vm: 'box', repo: path });
    expect(await root(`ls ${folder}/again`)).toContain('read.me');
    await world.run('workspace.delete', { name: 'again', yes: true });
  });

  it('comes with a shallow repository', async () => {
    const source = await makeRepo(join(world.host.directory, 'deep'));
    const path = join(world.host.directory, 'shallow');
    await gitIn(world.host.directory, 'clone', '--quiet', '--depth', '2', `file://${source}`, path);
    await world.run('workspace.create', { name: 'shallow', vm: 'box', repo: path });
    const git = async (args: string) =>
      (await world.as('op--shallow', `cd ${folder}/shallow && git ${args} 2>&1`)).stdout.trim();
    expect(await git('log --format=%s')).toBe('four\nthree');
    expect(await git('rev-parse --is-shallow-repository')).toBe('true');
    expect(await git('fsck')).toBe('');
    expect(await git('remote get-url origin')).toBe(`file://${source}`);
  });

  it('checks out the branch or tag asked for', async () => {
    const path = join(world.host.directory, 'source');
    await world.run('workspace.create', { name: 'onside', vm: 'box', repo: path, branch: 'side' });
    await world.run('workspace.create', { name: 'ontag', vm: 'box', repo: path, branch: 'v1' });
    expect((await world.as('op--onside', `git -C ${folder}/onside log -1 --format='%s %D'`)).stdout).toBe(
      'two HEAD -> side\n',
    );
    expect(
      (
        await world.as(
          'op--ontag',
          `git -C ${folder}/ontag log -1 --format='%s'; git -C ${folder}/ontag branch --show-current`,
        )
      ).stdout,
    ).toBe('one\n');
    await expect(
      world.run('workspace.create', { name: 'none', vm: 'box', repo: path, branch: 'nope' }),
    ).rejects.toMatchObject({ code: 'not-found' });
  });

  it('leaves nothing behind when the clone fails, and can be made again', async () => {
    const url = 'https://127.0.0.1:9/acme/web.git';
    for (let i = 0; i < 2; i++) {
      await expect(world.run('workspace.create', { name: 'broken', vm: 'box', repo: url })).rejects.toMatchObject({
        code: 'remote-failed',
      });
      expect(
        await silently(
          `getent group ws--broken || getent passwd op--broken || ls -d ${folder}/broken /home/op--broken /etc/agentworks/keys/op--broken /var/lib/agentworks/creating/ws--broken`,
        ),
      ).not.toBe(0);
      expect(await root('grep -c broken /etc/gitconfig || true')).toBe('0');
    }
    await world.run('workspace.create', { name: 'broken', vm: 'box' });
    await world.run('workspace.delete', { name: 'broken', yes: true });
  });

  it('leaves nothing behind when the operator cancels', async () => {
    await world.host.root(
      'mv /usr/sbin/useradd /usr/sbin/useradd.real && printf "#!/bin/sh\\nsleep 4; exec /usr/sbin/useradd.real \\"\\$@\\"\\n" > /usr/sbin/useradd && chmod 755 /usr/sbin/useradd',
    );
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 1500);
    await expect(world.run('workspace.create', { name: 'stopped', vm: 'box' }, abort.signal)).rejects.toThrow();
    await world.host.root('mv /usr/sbin/useradd.real /usr/sbin/useradd');
    expect(await silently(`getent group ws--stopped || getent passwd op--stopped || ls -d ${folder}/stopped`)).not.toBe(
      0,
    );
    const rows = await world.engine.database.read((r) => listWorkspaces(r).map((one) => one.name));
    expect(rows).not.toContain('stopped');
    await world.run('workspace.create', { name: 'stopped', vm: 'box' });
  });

  it('is planned without changing anything', async () => {
    const plan = await world.run('workspace.create', { name: 'planned', vm: 'box', dryRun: true });
    expect(JSON.stringify(plan)).toContain('Folder /opt/agentworks/workspaces/planned');
    expect(
      await silently(`getent group ws--planned || ls -d ${folder}/planned /var/lib/agentworks/creating/ws--planned`),
    ).not.toBe(0);
  });

  it('describes itself with its Git state, without a word from hooks', async () => {
    await world.as('op--web', `cd ${folder}/web && echo x >> read.me && : > untracked`);
    const described = await world.run('workspace.describe', { name: 'web' });
    expect(described.data).toMatchObject({
      name: 'web',
      live: { status: 'known', exists: true, git: { branch: 'main', changed: 1, untracked: 1 } },
    });
  });

  it('counts commits of every branch that are nowhere else, and stashes', async () => {
    const git = (args: string) =>
      world.as('op--web', `cd ${folder}/web && git -c user.name=a -c user.email=a@example.invalid ${args}`);
    const live = async () => (await world.run('workspace.describe', { name: 'web' })).data;
    expect(await live()).toMatchObject({ live: { git: { ahead: 0, stashes: 0 } } });
    await git('stash --quiet');
    await git('checkout --quiet -b own');
    await git('commit --quiet --allow-empty -m mine');
    await git('checkout --quiet main');
    await git('commit --quiet --allow-empty -m mine-too');
    expect(await live()).toMatchObject({ live: { git: { ahead: 2, stashes: 1 } } });
    const plan = await world.run('workspace.delete', { name: 'web', dryRun: true });
    expect(JSON.stringify(plan.data)).toContain('2 commits nowhere else, 1 stash');
  });

  it('goes with everything it had, hostile entries included', async () => {
    await world.host.root(`mkdir -p /root/precious && echo keep > /root/precious/file`);
    await world.as(
      'op--web',
      `cd ${folder}/web && mkdir -p 'a b' && ln -s /root/precious link && ln -s /etc/passwd 'a b/passwd' && mkfifo fifo && : > "$(printf 'new\\nline')" && : > '-rf' && mkdir -m 000 closed && (nohup sleep 600 >/dev/null 2>&1 &)`,
    );
    expect(await root(`pgrep -u op--web -c sleep`)).toBe('1');
    const removed = await world.run('workspace.delete', { name: 'web', yes: true });
    expect(removed.type).toBe('message');
    expect(await root('cat /root/precious/file; getent passwd root | cut -d: -f1')).toBe('keep\nroot');
    expect(
      await silently(
        `getent group ws--web || getent passwd op--web || ls -d ${folder}/web /home/op--web /run/agentworks/agent-tmux-sockets/op--web /etc/tmpfiles.d/agentworks-op--web.conf`,
      ),
    ).not.toBe(0);
    expect(await root('grep -c workspaces/web /etc/gitconfig || true')).toBe('0');
    expect(await root('pgrep -c sleep || true')).toBe('0');
    await expect(world.run('workspace.describe', { name: 'web' })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('asks before it goes, naming work that is nowhere else', async () => {
    await world.as('op--shallow', `cd ${folder}/shallow && : > untracked`);
    await expect(world.run('workspace.delete', { name: 'shallow' })).rejects.toMatchObject({
      code: 'needs-input',
      message: expect.stringContaining('--yes'),
    });
    const plan = await world.run('workspace.delete', { name: 'shallow', dryRun: true });
    expect(JSON.stringify(plan.data)).toContain('1 untracked');
    expect(await silently(`ls -d ${folder}/shallow`)).toBe(0);
  });

  it('stays on record while the machine does not answer, and is finished later', async () => {
    await world.host.stop();
    await world.engine.machines.drop({ id: await vmId() });
    await expect(world.run('workspace.delete', { name: 'shallow', yes: true })).rejects.toMatchObject({
      code: 'unreachable',
    });
    const status = async () =>
      world.engine.database.read((r) => listWorkspaces(r).find((one) => one.name === 'shallow')?.status);
    expect(await status()).toBe('deleting');
    await world.host.start();
    await world.run('workspace.delete', { name: 'shallow', yes: true });
    expect(await status()).toBeUndefined();
    expect(await silently(`ls -d ${folder}/shallow`)).not.toBe(0);
  });
});

async function vmId(): Promise<string> {
  const { findVm } = await import('../../src/core/vm/rows.ts');
  return world.engine.database.read((r) => findVm(r, 'box')?.id ?? '');
}

describe('a workspace on this machine', () => {
  it('is a folder, or a clone with the operator’s own Git; it goes with delete', async () => {
    const path = join(world.host.directory, 'source');
    const made = await world.run('workspace.create', { name: 'here', local: true, repo: path });
    const place = (made.data as { workspace: { path: string } }).workspace.path;
    expect(await gitIn(place, 'log', '-1', '--format=%s')).toBe('four');
    await expect(world.run('workspace.create', { name: 'here', local: true })).rejects.toMatchObject({
      code: 'exists',
    });
    await expect(
      world.run('workspace.create', { name: 'bad', local: true, repo: '/nonexistent/repo' }),
    ).rejects.toMatchObject({ code: 'not-found' });
    await world.run('workspace.delete', { name: 'here', yes: true });
    await expect(readFile(join(place, 'read.me'))).rejects.toThrow();
  });

  it('never takes a folder that is there already', async () => {
    const made = await world.run('workspace.create', { name: 'first', local: true });
    const place = (made.data as { workspace: { path: string } }).workspace.path;
    const other = join(place, '..', 'other');
    await mkdir(other);
    await writeFile(join(other, 'mine'), 'x');
    await expect(world.run('workspace.create', { name: 'other', local: true })).rejects.toMatchObject({
      code: 'exists',
    });
    expect(await readFile(join(other, 'mine'), 'utf8')).toBe('x');
  });
});
