import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/core/engine.ts';
import { packRepo } from '../../src/core/workspace/source.ts';
import { createNodeEngine } from '../../src/node/createEngine.ts';
import { silentAsk } from '../fakes/ask.ts';
import { testContext } from '../fakes/context.ts';
import { gitIn, makeRepo } from './repos.ts';

let home: string;
let engine: Engine;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'agw-source-'));
  engine = createNodeEngine({ ask: silentAsk, env: { PATH: process.env.PATH, HOME: home }, version: '0' });
});
afterAll(async () => {
  await engine.close();
  await rm(home, { recursive: true, force: true });
});

const pack = (path: string, ref?: string) => packRepo(engine, path, ref, testContext());

/** Unpacks as the machine does. */
async function unpacked(packed: Awaited<ReturnType<typeof pack>>, name: string): Promise<string> {
  const path = join(home, name);
  await gitIn(home, 'init', '--quiet', '--initial-branch=main', path);
  if (packed.shallow.length > 0) await writeFile(join(path, '.git/shallow'), `${packed.shallow.join('\n')}\n`);
  await writeFile(join(home, `${name}.bundle`), packed.bundle);
  const refs = ['refs/heads/*:refs/heads/*', 'refs/tags/*:refs/tags/*', 'HEAD:refs/agentworks/head'];
  await gitIn(path, 'fetch', '--quiet', '--update-head-ok', join(home, `${name}.bundle`), ...refs);
  return path;
}

describe('a local repository as it travels', () => {
  it('has every branch and tag, and what origin is, without a password', async () => {
    const path = await makeRepo(join(home, 'plain'));
    await gitIn(path, 'remote', 'add', 'origin', 'https://me:hunter2@git.invalid/web.git');
    await gitIn(path, 'config', 'branch.side.remote', 'origin');
    await gitIn(path, 'config', 'branch.side.merge', 'refs/heads/other');
    const packed = await pack(path);
    expect(packed).toMatchObject({
      branch: 'main',
      origin: 'https://git.invalid/web.git',
      upstreams: { side: 'other' },
      shallow: [],
      changes: 0,
    });
    const copy = await unpacked(packed, 'plain-copy');
    expect(await gitIn(copy, 'rev-parse', 'main', 'side', 'v1')).toBe(
      await gitIn(path, 'rev-parse', 'main', 'side', 'v1'),
    );
    expect(await gitIn(copy, 'fsck')).toBe('');
  });

  it('keeps a shallow history shallow and whole', async () => {
    const deep = await makeRepo(join(home, 'deep'));
    const path = join(home, 'shallow');
    await gitIn(home, 'clone', '--quiet', '--depth', '2', `file://${deep}`, path);
    const packed = await pack(path);
    expect(packed.shallow).toHaveLength(1);
    const copy = await unpacked(packed, 'shallow-copy');
    expect(await gitIn(copy, 'log', '--format=%s', 'main')).toBe('four\nthree');
    expect(await gitIn(copy, 'fsck')).toBe('');
  });

  it('knows a detached HEAD, a worktree and a bare repository', async () => {
    const path = await makeRepo(join(home, 'many'));
    await gitIn(path, 'worktree', 'add', '--quiet', '--detach', join(home, 'tree'), 'HEAD~1');
    expect(await pack(join(home, 'tree'))).toMatchObject({
      branch: undefined,
      commit: await gitIn(path, 'rev-parse', 'HEAD~1'),
    });
    await gitIn(home, 'clone', '--quiet', '--bare', path, join(home, 'bare.git'));
    expect(await pack(join(home, 'bare.git'))).toMatchObject({ branch: 'main', changes: 0 });
  });

  it('takes the branch or tag asked for', async () => {
    const path = await makeRepo(join(home, 'refs'));
    expect(await pack(path, 'side')).toMatchObject({ branch: 'side' });
    expect(await pack(path, 'v1')).toMatchObject({
      branch: undefined,
      commit: await gitIn(path, 'rev-parse', 'v1^{commit}'),
    });
    await expect(pack(path, 'nope')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('counts uncommitted changes and takes none', async () => {
    const path = await makeRepo(join(home, 'dirty'));
    await writeFile(join(path, 'read.me'), 'changed');
    await writeFile(join(path, 'new'), 'new');
    const packed = await pack(path);
    expect(packed.changes).toBe(2);
    expect(await gitIn(await unpacked(packed, 'dirty-copy'), 'show', 'main:read.me')).toBe('hello');
  });

  it('is refused in one sentence where there is none', async () => {
    await expect(pack(home)).rejects.toMatchObject({
      code: 'invalid',
      message: `${home} is not a Git repository: it has no .git.`,
    });
    const path = await makeRepo(join(home, 'nested'), { 'inner/file': 'x' });
    await expect(pack(join(path, 'inner'))).rejects.toMatchObject({ code: 'invalid' });
    await expect(pack(join(home, 'missing'))).rejects.toMatchObject({ code: 'not-found' });
    await gitIn(home, 'init', '--quiet', join(home, 'empty'));
    await expect(pack(join(home, 'empty'))).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('no commits'),
    });
  });
});
