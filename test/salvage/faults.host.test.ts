import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listSalvages, salvageRoot } from '../../src/core/salvage/folder.ts';
import type { World } from '../workspace/world.ts';
import { base, makeWorkspace, newRepo, salvageOf, startScene } from './scene.ts';

const execute = promisify(execFile);

let world: World;
beforeAll(async () => {
  world = await startScene();
});
afterAll(() => world?.close());

const root = async (script: string): Promise<string> => (await world.host.root(`cd /; ${script}`)).stdout.trim();
const folders = (): Promise<string[]> => readdir(salvageRoot(world.engine)).catch(() => []);

describe('a salvage that cannot be written', () => {
  it('on a full disk: nothing is deleted, nothing of it stays, and the next try works', async () => {
    const ann = await makeWorkspace(world, 'full', 'ann');
    await ann(
      `${newRepo}; head -c 3000000 /dev/urandom >kept; git add kept; git commit -q -m kept; head -c 9000000 /dev/urandom >big`,
    );
    const rootFolder = salvageRoot(world.engine);
    await mkdir(rootFolder, { recursive: true });
    await execute('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', rootFolder]);
    try {
      const refusal = { code: 'disk-full', message: expect.stringContaining('Nothing was deleted') };
      // Found before a byte is sent, and when the space goes away meanwhile.
      await expect(world.run('workspace.delete', { name: 'full', yes: true, force: true })).rejects.toMatchObject(
        refusal,
      );
      await execute('mount', ['-o', 'remount,size=10m', rootFolder]);
      await expect(world.run('workspace.delete', { name: 'full', yes: true, force: true })).rejects.toMatchObject(
        refusal,
      );
      expect(await folders()).toEqual([]);
      expect(await root(`stat -c %s ${base}/full/big`)).toBe('9000000');
    } finally {
      await execute('umount', [rootFolder]);
    }
    expect(salvageOf(await world.run('workspace.delete', { name: 'full', yes: true }))).toContain('full');
  });

  it('when the operator cancels, or the link breaks: nothing is deleted, nothing of it stays', async () => {
    const ann = await makeWorkspace(world, 'cut', 'ann');
    await ann('head -c 300000000 /dev/zero >big');
    const before = await folders();
    for (const how of ['cancel', 'cut']) {
      const abort = new AbortController();
      const run = world.run('workspace.delete', { name: 'cut', yes: true }, abort.signal);
      const failed = expect(run).rejects.toMatchObject({
        code: how === 'cancel' ? 'aborted' : expect.stringMatching(/connection-lost|unreachable/),
      });
      while ((await folders()).length === before.length) await new Promise((resolve) => setTimeout(resolve, 5));
      if (how === 'cancel') abort.abort();
      else await root('pkill -KILL -f "^sshd: agentworks" || true');
      await failed;
      expect(await folders()).toEqual(before);
      expect(await root(`stat -c %s ${base}/cut/big`)).toBe('300000000');
    }
    for (let i = 0; i < 100 && (await root('ls /run | grep agentworks-salvage || true')) !== ''; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(await root('ls /run | grep agentworks-salvage || true')).toBe('');
    await world.run('workspace.delete', { name: 'cut', yes: true });
  });

  it('is not written twice when the delete did not follow', async () => {
    const ann = await makeWorkspace(world, 'twice', 'ann');
    await ann(`${newRepo}; echo 2 >f`);
    // One that was killed while it wrote: its half goes with the next try.
    const half = join(salvageRoot(world.engine), '20200101T000000Z-workspace-twice-00000000');
    await mkdir(half, { recursive: true });
    const count = (await listSalvages(world.engine)).length;
    // The program ended between the salvage and the delete.
    await root('mv /usr/sbin/userdel /usr/sbin/userdel.away');
    await expect(world.run('workspace.delete', { name: 'twice', yes: true })).rejects.toThrow();
    await root('mv /usr/sbin/userdel.away /usr/sbin/userdel');
    await world.run('workspace.delete', { name: 'twice', yes: true });
    expect(await folders()).not.toContain('20200101T000000Z-workspace-twice-00000000');
    const again = await makeWorkspace(world, 'thrice', 'ann');
    await again('echo 1 >one; touch -d @1000000000 one');
    const { lookForWork } = await import('../../src/core/salvage/look.ts');
    const { protect } = await import('../../src/core/salvage/guard.ts');
    const { requireVm } = await import('../../src/core/vm/lookup.ts');
    const vm = await requireVm(world.engine, 'box');
    const target = {
      kind: 'workspace',
      name: 'thrice',
      path: `${base}/thrice`,
      account: 'op--thrice',
      group: 'ws--thrice',
    } as const;
    const scope = { kind: 'workspace', name: 'thrice', verb: 'workspace.delete', vm, targets: [target] } as const;
    const context = { signal: new AbortController().signal, report: () => undefined };
    const paths = [];
    for (let i = 0; i < 2; i++) {
      paths.push(
        (await protect(world.engine, scope, await lookForWork(world.engine, vm, [target], context), context))?.path,
      );
    }
    expect(paths[0]).toBe(paths[1]);
    expect((await listSalvages(world.engine)).length - count).toBe(1);
  });
});

describe('a hostile tree', () => {
  it('hangs nothing, leads nowhere, and is never read as root', async () => {
    const ann = await makeWorkspace(world, 'trap', 'ann', 'bob');
    await root(
      'echo secret >/root/secret; chmod 600 /root/secret; install -d -m 700 -o agt--bob /home/agt--bob/x; echo bobs >/home/agt--bob/x/f; chown agt--bob /home/agt--bob/x/f',
    );
    await ann(`mkfifo pipe; ln -s /root/secret s1; ln -s /home/agt--bob b1; ln -s / top; ln -s . loop; mkdir git; ln -s /dev/zero git/HEAD
truncate -s 900G bomb; mkdir -p d/.git; mkfifo d/.git/HEAD d/.git/config; mkdir -p e; echo 'gitdir: /home/agt--bob' >e/.git; mkdir l; echo "gitdir: $PWD/l" >l/.git
mkdir m; cd m; git init -q .; mkfifo f; printf '[include]\\npath = f\\n' >>.git/config; cd ..
p=.; for i in $(seq 300); do p=$p/deep; done; mkdir -p $p; echo x >$p/x; python3 - <<'X'
import socket; s = socket.socket(socket.AF_UNIX); s.bind('sock')
X
`);
    await root(`mknod ${base}/trap/dev c 1 5; echo roots >${base}/trap/roots; chmod 600 ${base}/trap/roots`);
    const started = Date.now();
    const plan = await world.run('workspace.delete', { name: 'trap', dryRun: true });
    expect(Date.now() - started).toBeLessThan(200_000);
    expect(JSON.stringify(plan)).toContain('nobody can read: roots (root)');
    // 900 GiB are more than a salvage: given up only by name.
    await expect(world.run('workspace.delete', { name: 'trap', yes: true, force: true })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('beyond the size of a salvage'),
    });
    const path = salvageOf(await world.run('workspace.delete', { name: 'trap', yes: true, unsalvaged: 'trap' }));
    const archive = join(path, 'workspace-trap', 'files.tar');
    const list = (await execute('tar', ['tvf', archive])).stdout;
    expect(list).not.toMatch(/pipe|sock$|bomb|roots/m);
    expect(list).toContain('s1 -> /root/secret');
    const { stdout } = await execute('grep', ['-rlaE', 'secret$|bobs|roots', path]).catch(
      (error: { stdout: string }) => error,
    );
    expect(
      stdout.split('\n').filter((one) => one !== '' && !one.endsWith('files.tar') && !one.endsWith('manifest.json')),
    ).toEqual([]);
    expect((await execute('tar', ['xOf', archive])).stdout).not.toMatch(/secret|bobs|roots/);
  }, 600_000);

  it('runs nothing of the repository while it is looked at and saved', async () => {
    const ann = await makeWorkspace(world, 'run', 'ann');
    await ann(`${newRepo}
for key in core.fsmonitor core.sshCommand diff.external core.pager gpg.program core.alternateRefsCommand uploadpack.packObjectsHook filter.x.clean filter.x.smudge filter.x.process diff.x.textconv; do git config $key 'touch /tmp/ran-look;cat'; done
git config log.showSignature true; git config remote.o.url 'ext::touch /tmp/ran-look'; git config remote.o.promisor true; git config core.worktree /etc; git config extensions.partialClone o; git config core.repositoryFormatVersion 1
printf '* filter=x diff=x\\n' >.gitattributes
for h in post-checkout pre-commit post-index-change reference-transaction; do printf '#!/bin/sh\\ntouch /tmp/ran-look\\n' >.git/hooks/$h; chmod +x .git/hooks/$h; done; echo 2 >f; rm -f /tmp/ran-look`);
    const path = salvageOf(await world.run('workspace.delete', { name: 'run', yes: true }));
    expect(await root('ls /tmp/ran-look 2>/dev/null || true')).toBe('');
    expect((await execute('tar', ['xOf', join(path, 'workspace-run', 'files.tar'), 'f'])).stdout).toBe('2\n');
    expect(await root('pgrep -c -u op--run . 2>/dev/null || true')).toMatch(/^0?$/);
  });

  it('may change while it is read', async () => {
    const ann = await makeWorkspace(world, 'moving', 'ann');
    await ann('for i in $(seq 400); do mkdir d$i; head -c 20000 /dev/urandom >d$i/f; done');
    await root(
      `systemd-run -q --uid=agt--ann --unit=mover bash -c 'cd ${base}/moving; while :; do for i in $(seq 400); do mv d$i away; ln -s /root d$i; rm d$i; mv away d$i; : >d$i/f; head -c 20000 /dev/zero >d$i/f; done; done'`,
    );
    const path = salvageOf(await world.run('workspace.delete', { name: 'moving', yes: true }));
    await execute('tar', ['tf', join(path, 'workspace-moving', 'files.tar')]);
    const to = join(world.host.directory, 'moved');
    await world.run('salvage.restore', { name: 'moving', to });
    await rm(to, { recursive: true });
  });
});

describe('an archive that somebody prepared', () => {
  it('is unpacked inside its folder only', async () => {
    const { Folders, unpack } = await import('../../src/core/salvage/unpack.ts');
    const { disarmFolders } = await import('../../src/core/salvage/disarm.ts');
    const { tarHead, tarPadding } = await import('../../src/core/environment/tar.ts');
    const { writeFile, readFile } = await import('node:fs/promises');
    const folder = join(world.host.directory, 'unpack');
    await mkdir(join(folder, 'in'), { recursive: true });
    await symlink(folder, join(folder, 'in', 'there'));
    const entry = (path: string, content: string): Uint8Array[] => [
      tarHead({ path, kind: '0', mode: 0o777, size: content.length, modified: 0 }),
      Buffer.from(content),
      Buffer.alloc(tarPadding(content.length)),
    ];
    const link = (path: string, target: string): Uint8Array =>
      tarHead({ path, kind: '2', mode: 0o777, size: 0, modified: 0, target });
    const bytes = Buffer.concat([
      ...entry('../out', 'x'),
      ...entry('/tmp/out-abs', 'x'),
      ...entry('a/../../out', 'x'),
      ...entry('there/out', 'x'),
      link('l', '..'),
      ...entry('l/out', 'x'),
      ...entry('ok', 'fine'),
      link('ok', '/etc/passwd'),
      ...entry('sub/.GIT/hooks/post-checkout', 'x'),
      ...entry('bare/objects/x', 'x'),
      ...entry('bare/refs/x', 'x'),
      ...entry('bare/HEAD', 'x'),
      Buffer.alloc(1024),
    ]);
    await writeFile(join(folder, 'a.tar'), bytes);
    const signal = new AbortController().signal;
    const options = { isReplacing: true, folders: new Folders(), signal };
    const result = await unpack(join(folder, 'a.tar'), join(folder, 'in'), options);
    await disarmFolders(join(folder, 'in'), new Set());
    expect((await readdir(folder)).sort()).toEqual(['a.tar', 'in']);
    expect(result.refused).toEqual(expect.arrayContaining(['../out', '/tmp/out-abs', 'a/../../out', 'there/out']));
    expect((await readdir(join(folder, 'in', 'sub'))).sort()).toEqual(['.git.salvaged']);
    expect((await readdir(join(folder, 'in', 'bare'))).sort()).toEqual(['HEAD.salvaged', 'objects', 'refs']);
    expect(await readFile(join(folder, 'in', 'l', 'out'), 'utf8')).toBe('x');
  });
});
