import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lookAt, readBlob } from '../../src/core/review/files.ts';
import { testContext } from '../fakes/context.ts';
import { makeWorkspace, startScene } from '../salvage/scene.ts';
import type { World } from '../workspace/world.ts';

let world: World;
let ann: Awaited<ReturnType<typeof makeWorkspace>>;
beforeAll(async () => {
  world = await startScene();
  ann = await makeWorkspace(world, 'shop', 'ann');
});
afterAll(() => world?.close());

const look = async (path: string, mostBytes?: number) =>
  lookAt(world.engine, { workspace: 'shop', path, ...(mostBytes === undefined ? {} : { mostBytes }) }, testContext());
const text = async (path: string): Promise<string> => {
  const found = await look(path);
  return found.kind === 'file' ? Buffer.from(found.bytes ?? []).toString('latin1') : found.kind;
};

describe('files of a workspace', () => {
  it('are read as they are, folders with what is in them', async () => {
    await ann(
      `mkdir -p d/e; printf 'a\\000\\377\\n' >d/bytes; echo 1 >d/-n; echo 2 >$'d/new\\nline'; ln -s bytes d/link; printf x >'d/with space'`,
    );
    expect(await text('d/bytes')).toBe('a\0\xff\n');
    expect(await text('d/-n')).toBe('1\n');
    expect(await text('/d//new\nline')).toBe('2\n');
    expect(await look('d/link')).toMatchObject({ kind: 'link', target: 'bytes' });
    const folder = await look('d');
    expect(folder.kind === 'folder' && folder.entries.map(({ name, kind, size }) => [name, kind, size]).sort()).toEqual(
      [
        ['-n', 'file', 2],
        ['bytes', 'file', 4],
        ['e', 'folder', 0],
        ['link', 'link', 0],
        ['new\nline', 'file', 2],
        ['with space', 'file', 1],
      ],
    );
    expect(await look('')).toMatchObject({ kind: 'folder' });
    expect(await look('d/bytes', -1)).toMatchObject({ kind: 'file', size: 4, bytes: undefined });
    await expect(look('d/none')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('are named with their size when they are larger than asked for', async () => {
    await ann('truncate -s 3G large');
    expect(await look('large')).toMatchObject({ kind: 'file', size: 3 * 2 ** 30, bytes: undefined });
    expect(await look('large', 10)).toMatchObject({ bytes: undefined });
  });

  it('lead nowhere else, and a pipe is not opened', async () => {
    await ann(
      'ln -s /etc out; ln -s ../../../../etc/passwd deep; mkfifo pipe; echo 1 >secret; setfacl -b secret; chmod 600 secret',
    );
    for (const path of ['out/passwd', 'd/../../x', '..', 'd/bytes/x'])
      await expect(look(path), path).rejects.toMatchObject({ code: 'refused' });
    expect(await look('out')).toMatchObject({ kind: 'link', target: '/etc' });
    expect(await look('deep')).toMatchObject({ kind: 'link' });
    expect(await look('pipe')).toMatchObject({ kind: 'other' });
    await expect(look('secret')).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('may not read'),
    });
  });

  it('lead nowhere else although a folder is a link at every other moment', async () => {
    await ann('mkdir real; echo mine >real/hostname; ln -s /etc elsewhere');
    await world.host.root(
      `systemd-run -q --uid=agt--ann --unit=swap bash -c 'cd /opt/agentworks/workspaces/shop; while :; do mv -T real now; mv -T now real; mv -T elsewhere real2; mv -T real2 elsewhere; ln -sfn /etc flip; rm -f flip; mkdir -p flip; echo mine >flip/hostname; rm -r flip; done'`,
    );
    const theirs = (await world.host.root('cat /etc/hostname')).stdout;
    for (let i = 0; i < 15; i++) {
      const got = await text('flip/hostname').catch((error: unknown) => (error as { code?: string }).code);
      expect(got).not.toBe(theirs);
      expect(['mine\n', '', 'refused', 'not-found']).toContain(got);
    }
    await world.host.root('systemctl stop swap');
  });

  it('are read as they were committed, by their id', async () => {
    await ann(
      `mkdir repo; cd repo; git init -q .; git config user.name a; git config user.email a@a.invalid; printf 'old\\000\\377' >f; head -c 100000 /dev/zero >big; git add .; git commit -qm x; echo changed >f`,
    );
    const id = async (path: string) => (await ann(`cd repo; git rev-parse HEAD:${path}`)).trim();
    const blob = async (path: string, more = {}) =>
      readBlob(
        world.engine,
        { workspace: 'shop', repository: 'repo', path, id: await id(path), ...more },
        testContext(),
      );
    expect(Buffer.from((await blob('f')).bytes ?? []).toString('latin1')).toBe('old\0\xff');
    expect(await blob('big', { mostBytes: 1000 })).toEqual({ size: 100_000, bytes: undefined });
    const commit = (await ann('cd repo; git rev-parse HEAD')).trim();
    const read = (repository: string, one: string) =>
      readBlob(world.engine, { workspace: 'shop', repository, path: 'f', id: one }, testContext());
    await expect(read('repo', commit)).rejects.toMatchObject({ code: 'not-found' });
    await expect(read('repo', 'HEAD:f')).rejects.toMatchObject({ code: 'invalid' });
    await expect(read('nowhere', commit)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('are not read as anybody else: without its operator account a workspace is not looked at', async () => {
    await makeWorkspace(world, 'orphan', 'ann');
    await world.host.root('userdel op--orphan');
    await expect(lookAt(world.engine, { workspace: 'orphan', path: '' }, testContext())).rejects.toMatchObject({
      code: 'refused',
      hint: 'Make it: agentworks workspace repair orphan',
    });
  });
});
