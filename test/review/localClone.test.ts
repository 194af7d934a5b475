import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/core/engine.ts';
import { openClone, takeCommit } from '../../src/core/review/localClone.ts';
import { createNodeEngine } from '../../src/node/createEngine.ts';
import { silentAsk } from '../fakes/ask.ts';
import { testContext } from '../fakes/context.ts';
import { localShell } from '../salvage/scene.ts';

const identity = 'git config user.name a; git config user.email a@a.invalid';
const reference = 'refs/agentworks/shop/work';

let top: string;
let engine: Engine;
let base: string;
beforeAll(async () => {
  top = await mkdtemp(join(tmpdir(), 'clone-'));
  const env = { HOME: top, AGENTWORKS_CACHE: join(top, 'cache'), PATH: process.env.PATH };
  engine = createNodeEngine({ ask: silentAsk, env, version: '0' });
  await localShell(
    top,
    `git init -q -b main origin; cd origin; ${identity}; echo 1 >f; git add f; git commit -qm first`,
  );
  base = (await localShell(join(top, 'origin'), 'git rev-parse HEAD')).trim();
});
afterAll(async () => {
  await engine.close();
  await rm(top, { recursive: true, force: true });
});

/** The operator's clone and the agent's, anew for each test; every hook of the operator's notes that it ran. */
beforeEach(async () => {
  await localShell(
    top,
    `rm -rf mine theirs bundle ran; git clone -q origin mine; git clone -q origin theirs; cd theirs; ${identity}; git checkout -q -b work; cd ../mine
for h in reference-transaction post-checkout post-merge pre-auto-gc; do printf '#!/bin/sh\\necho "$0" >>%s\\n' ${top}/ran >.git/hooks/$h; chmod 755 .git/hooks/$h; done`,
  );
});
const theirs = (script: string) => localShell(join(top, 'theirs'), script);
const mine = (script: string) => localShell(join(top, 'mine'), script);

/** Takes it in as a fetch does; what is downloaded is made by `script` in the agent's clone, which writes ../bundle. */
async function take(commit: string, known: readonly string[] = [base], script?: string): Promise<readonly string[][]> {
  const asked: string[][] = [];
  const clone = await openClone(engine, join(top, 'mine'), testContext());
  const download = async (to: string, without: readonly string[]): Promise<void> => {
    asked.push([...without]);
    const made = `git update-ref refs/heads/fetched ${commit}; git bundle create -q ../bundle refs/heads/fetched ${without.map((id) => `^${id}`).join(' ')}`;
    await theirs(script ?? made);
    await copyFile(join(top, 'bundle'), to);
  };
  await takeCommit(engine, clone, { commit, known, reference }, download, testContext());
  return asked;
}
const commitOf = async (script: string): Promise<string> => (await theirs(`${script}; git rev-parse HEAD`)).trim();
const stateOf = () =>
  mine(
    'git for-each-ref; git status --porcelain; find .git/objects -name "*.pack" | wc -l; cat ../ran 2>/dev/null || true',
  );

describe('the commit of a workspace', () => {
  it('is taken into the clone as a reference of ours, without hooks, checkouts or branches that move', async () => {
    const before = await stateOf();
    const commit = await commitOf('echo 2 >f; git commit -qam second');
    expect(await take(commit)).toEqual([[base]]);
    expect(await mine(`cat ../ran 2>/dev/null || git rev-parse ${reference}`)).toBe(`${commit}\n`);
    await mine(`git update-ref -d ${reference}; rm -f ../ran`);
    expect((await stateOf()).replace(/^\d+$/m, '')).toBe(before.replace(/^\d+$/m, ''));
    expect(await mine('git fsck --strict --no-dangling 2>&1; ls .git/FETCH_HEAD 2>/dev/null || true')).toBe('');
    expect(await engine.files.list(join(top, 'cache'))).toEqual([]);
  });

  it('is not asked for when it is here', async () => {
    expect(await take(base)).toEqual([]);
    expect((await mine(`git rev-parse ${reference}`)).trim()).toBe(base);
  });

  it('comes whole when what is said to be known is here but not all of it', async () => {
    const commit = await commitOf('echo 2 >f; git commit -qam second; echo 3 >f; git commit -qam third');
    const half = (await theirs('git rev-parse HEAD^')).trim();
    // An object alone, as a crash or a shallow history leaves it.
    await localShell(
      top,
      `git -C theirs cat-file commit ${half} | git -C mine hash-object -t commit -w --stdin >/dev/null`,
    );
    expect(await take(commit, [half])).toEqual([[half], []]);
    expect((await mine(`git log --format=%s ${reference}`)).trim().split('\n')).toEqual(['third', 'second', 'first']);
  });

  it.each([
    ['a folder .git', 'entry 40000 .git $tree'],
    ['a folder ..', 'entry 40000 .. $tree'],
    ['a submodule that is an option', 'entry 100644 .gitmodules $modules'],
    ['an object that is not there', 'entry 100644 f aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'],
  ])('is refused with %s, and the clone is as it was', async (_what, entry) => {
    const commit = (
      await theirs(`blob=$(echo x | git hash-object -w --stdin)
entry() { printf '%s %s\\0' "$1" "$2"; printf "$(printf %s "$3" | sed 's/../\\\\x&/g')"; }
write() { git hash-object -w -t tree --literally --stdin; }
tree=$(entry 100644 config $blob | write)
modules=$(printf '[submodule "x"]\\n\\tpath = x\\n\\turl = --upload-pack=touch\\n' | git hash-object -w --stdin)
git commit-tree -m x $(${entry} | write)`)
    ).trim();
    const before = await stateOf();
    await expect(
      take(
        commit,
        [],
        `git update-ref refs/heads/fetched ${commit}; printf '# v2 git bundle\\n${commit} refs/heads/fetched\\n\\n' >../bundle; git rev-list --objects --missing=allow-any ${commit} | cut -d' ' -f1 | git cat-file --batch-check | sed -n 's/^\\([0-9a-f]*\\) [a-z]* .*/\\1/p' | grep -v missing | git pack-objects -q --stdout >>../bundle`,
      ),
    ).rejects.toThrow(/Git/);
    expect(await stateOf()).toBe(before);
  });

  it.each(['', '# v2 git bundle\n', 'nothing of the kind', '# v2 git bundle\n\nPACK'])(
    'is not taken from what is no bundle: %j',
    async (bytes) => {
      const commit = await commitOf('echo 2 >f; git commit -qam second');
      await writeFile(join(top, 'bundle'), bytes);
      const before = await stateOf();
      await expect(take(commit, [base], ':')).rejects.toThrow(/Git/);
      expect(await stateOf()).toBe(before);
      expect(await engine.files.list(join(top, 'cache'))).toEqual([]);
    },
  );

  it('is not another one than was promised', async () => {
    const other = await commitOf('echo 2 >f; git commit -qam second');
    await expect(
      take(
        'b'.repeat(40),
        [base],
        `git update-ref refs/heads/fetched ${other}; git bundle create -q ../bundle refs/heads/fetched`,
      ),
    ).rejects.toThrow(/Git/);
    expect(await mine('git for-each-ref refs/agentworks')).toBe('');
  });
});
