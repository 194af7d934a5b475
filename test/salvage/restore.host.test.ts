import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { soak } from '../soak.ts';
import type { World } from '../workspace/world.ts';
import { base, contentScript, gitScript, localShell, makeWorkspace, newRepo, salvageOf, startScene } from './scene.ts';

let world: World;
beforeAll(async () => {
  world = await startScene();
});
afterAll(() => world?.close());

/** Every kind of work, as shell text in a repository. `N` is a number of its own. */
const kinds = [
  'echo N >c_N; git add c_N; git commit -q -m "commit N"',
  'git checkout -q -b branch_N; echo N >b_N; git add b_N; git commit -q -m "branch N"; git checkout -q -',
  'git checkout -q --detach; echo N >d_N; git add d_N; git commit -q -m "detached N"',
  'echo stash N >>f; git stash push -q -m "stash N"',
  'echo new >u_N; echo stash N >>f; git stash push -q -u -m "stash with new N"',
  'echo staged N >>g; git add g',
  'echo staged N >>g; git add g; echo unstaged N >>g',
  'echo unstaged N >>f',
  'echo a N >s_N; git add s_N',
  'echo a N >s_N; git add s_N; rm s_N',
  'echo N >t_N; git add t_N; git commit -q -m t; git rm -q t_N',
  'echo N >t_N; git add t_N; git commit -q -m t; rm t_N',
  'echo N >m_N; git add m_N; git commit -q -m m; git mv m_N moved_N',
  'echo N >x_N; git add x_N; git commit -q -m x; chmod +x x_N',
  `mkdir -p "dir N/ü 'q\\" *"; echo N >"dir N/ü 'q\\" */-n N"; printf N >"$(printf 'line\\nN')"; printf N >"$(printf 'esc\\033[31mN')"`,
  'mkdir -p ign; echo N >ign/i_N; echo N >debug_N.log; echo N >.env',
  'ln -s f link_N; ln -s /etc/passwd abs_N; ln -s nowhere broken_N',
  'head -c N000 /dev/urandom >bin_N',
  'echo N >p_N; git add p_N; git commit -q -m p; rm p_N; mkdir p_N; echo N >p_N/below',
  'mkdir q_N; echo N >q_N/below; git add q_N; git commit -q -m q; rm -r q_N; ln -s f q_N',
  'git tag light_N; git tag -a -m "tag N" heavy_N',
  'mkdir n_N; cd n_N; git init -q -b main .; git config user.name a; git config user.email a@a.invalid; echo N >f; git add f; git commit -q -m n; echo N >u; cd ..',
  'echo N >private_N; chmod 600 private_N; mkdir closed_N; echo N >closed_N/f; chmod 700 closed_N',
  'head -c 70000 /dev/zero | tr "\\0" N >big_N; git add big_N',
  `mkdir -p "$(printf 'long%.0s' $(seq 40))"; echo N >"$(printf 'long%.0s' $(seq 40))/$(printf 'name%.0s' $(seq 40))_N"`,
  'git checkout -q -b one_N; echo one >conflict; git add conflict; git commit -q -m one; git checkout -q -b two_N HEAD~; echo two >conflict; git add conflict; git commit -q -m two; git merge -q one_N >/dev/null || true',
];

describe('a restored salvage', () => {
  it('has every kind of work, byte for byte, and git status shows what it showed', async () => {
    const rounds = soak(2, 25);
    for (let round = 0; round < rounds; round++) {
      const seed = round === 0 && rounds < 5 ? 1 : Math.floor(Math.random() * 2 ** 31);
      const name = `work${round}`;
      const ann = await makeWorkspace(world, name, 'ann');
      // The first repository has all kinds once, in an order of its own; a conflict stays at the end.
      const all = fc.sample(fc.shuffledSubarray(kinds.slice(0, -1), { minLength: kinds.length - 1 }), {
        seed,
        numRuns: 1,
      });
      const some = fc.sample(fc.array(fc.constantFrom(...kinds.slice(0, -1)), { minLength: 1, maxLength: 8 }), {
        seed,
        numRuns: 3,
      });
      const scripts = [...all, ...some].map((list, i) => [...list, ...(i < 2 ? kinds.slice(-1) : [])]);
      const text = scripts.map((list, i) => {
        const steps = list.map((one, n) => `(${one.replaceAll('N', String(100 * i + n + 1))}) 2>/dev/null || true`);
        return `mkdir r${i}; cd r${i}; ${newRepo}; ${steps.join('\n')}\ncd ..`;
      });
      try {
        await ann(`${text.join('\n')}\necho loose >loose`);
        const onVm = (at: string, script: string) =>
          world.host.root(`cd ${base}/${name}/${at} && { ${script}; }`).then(({ stdout }) => stdout);
        const before = await onVm('.', contentScript);
        const said = await Promise.all(scripts.map((_, i) => onVm(`r${i}`, gitScript)));
        await world.run('workspace.delete', { name, yes: true });
        const to = join(world.host.directory, `restored-${name}`);
        const restored = await world.run('salvage.restore', { name, to });
        expect(restored.warnings).toEqual([]);
        const plain = (packed: string): string[] => Buffer.from(packed, 'base64').toString('latin1').split('\0');
        expect(plain(await localShell(to, contentScript))).toEqual(plain(before));
        for (const [i, one] of said.entries()) {
          expect(plain(await localShell(join(to, `r${i}`), gitScript)), `r${i}`).toEqual(plain(one));
        }
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
    }
  }, 900_000);

  it('keeps what Git was told not to look at, worktrees, shallow and other formats, and stashes of no branch', async () => {
    const ann = await makeWorkspace(world, 'odd', 'ann');
    await ann(`mkdir a; cd a; ${newRepo}; git update-index --assume-unchanged f; echo hidden >f; git update-index --skip-worktree g; echo skipped >g
git worktree add -q ../tree -b tree; cd ../tree; echo w >w; git add w; git commit -q -m w; echo w2 >w; git checkout -q --detach; echo v >v; git add v; git commit -q -m v
cd ..; git clone -q --depth 1 "file://$PWD/a" shallow; cd shallow; git config user.name a; git config user.email a@a.invalid; echo s >s; git add s; git commit -q -m s
cd ..; mkdir sha; cd sha; git init -q --object-format=sha256 -b main .; git config user.name a; git config user.email a@a.invalid; echo z >z; git add z; git commit -q -m z; echo y >y
cd ..; mkdir unborn; cd unborn; git init -q -b main .; echo n >n; git add n; echo m >m`);
    await world.run('workspace.delete', { name: 'odd', yes: true });
    const to = join(world.host.directory, 'restored-odd');
    await world.run('salvage.restore', { name: 'odd', to });
    expect(await readFile(join(to, 'a/f'), 'utf8')).toBe('hidden\n');
    expect(await readFile(join(to, 'a/g'), 'utf8')).toBe('skipped\n');
    expect(await localShell(join(to, 'tree'), 'git log --format=%s HEAD; cat w')).toBe('v\nw\nx\nw2\n');
    expect(await localShell(join(to, 'a'), 'git log --format=%s tree')).toBe('w\nx\n');
    expect(
      await localShell(join(to, 'shallow'), 'git log --format=%s; git rev-parse --is-shallow-repository; git fsck'),
    ).toBe('s\nx\ntrue\n');
    expect(await localShell(join(to, 'sha'), 'git rev-parse --show-object-format; git status --porcelain')).toBe(
      'sha256\n?? y\n',
    );
    expect(await localShell(join(to, 'unborn'), 'git status --porcelain')).toBe('A  n\n?? m\n');
  });

  it('runs nothing and keeps configuration and hooks where Git does not use them', async () => {
    const ann = await makeWorkspace(world, 'armed', 'ann');
    await ann(`mkdir r; cd r; ${newRepo}; echo '* filter=x' >.gitattributes; git config filter.x.smudge 'touch /tmp/ran-restore; cat'; git config filter.x.clean 'touch /tmp/ran-restore; cat'
git config core.fsmonitor 'touch /tmp/ran-restore'; printf '#!/bin/sh\\ntouch /tmp/ran-restore\\n' >.git/hooks/post-checkout; chmod +x .git/hooks/post-checkout; echo 2 >f
cd ..; git init -q --bare b.git; cd r; git push -q ../b.git main; cd ../b.git; git config core.fsmonitor 'touch /tmp/ran-restore'
cd ..; cp -r b.git raw.git; rm -rf raw.git/objects/*; rm -f /tmp/ran-restore`);
    await world.run('workspace.delete', { name: 'armed', yes: true });
    expect((await world.host.root('ls /tmp/ran-restore', { check: false })).code).not.toBe(0);
    const to = join(world.host.directory, 'restored-armed');
    await world.run('salvage.restore', { name: 'armed', to });
    expect(await localShell(to, 'ls /tmp/ran-restore 2>/dev/null || true')).toBe('');
    expect(await localShell(to, 'cat r/.git/config b.git/config; ls r/.git/hooks 2>/dev/null || true')).not.toMatch(
      /ran-restore|filter|post-checkout/,
    );
    expect(await localShell(to, 'cat r/.git.salvaged/hooks/post-checkout')).toContain('touch');
    expect(await localShell(to, 'git -C raw.git rev-parse 2>&1 || true')).toMatch(/not a git repository/);
  });

  it('refuses to overwrite, and to hand on what is not what was saved', async () => {
    const to = join(world.host.directory, 'taken');
    await mkdir(to);
    await expect(world.run('salvage.restore', { name: 'armed', to })).rejects.toMatchObject({ code: 'exists' });
    const ann = await makeWorkspace(world, 'bent', 'ann');
    await ann('echo 1 >one');
    const path = salvageOf(await world.run('workspace.delete', { name: 'bent', yes: true }));
    const archive = join(path, 'workspace-bent', 'files.tar');
    const bytes = await readFile(archive);
    bytes[600] = (bytes[600] ?? 0) ^ 1;
    await writeFile(archive, bytes);
    await expect(
      world.run('salvage.restore', { name: 'bent', to: join(world.host.directory, 'bent') }),
    ).rejects.toMatchObject({ code: 'invalid', message: expect.stringContaining('not what was saved') });
  });

  it('goes into a workspace as its operator account, into a folder of its own', async () => {
    const bob = await makeWorkspace(world, 'target', 'bob');
    await world.run('salvage.restore', { name: 'odd', workspace: 'target' });
    const [folder = ''] = (await bob('ls -d salvage-*')).trim().split('\n');
    expect(await bob(`cat ${folder}/a/f; stat -c %U ${folder}; echo bob >>${folder}/a/f`)).toBe('hidden\nop--target\n');
    expect(
      await bob(
        `git init -q fetched; cd fetched; git fetch -q ../${folder}/bundles/workspace-odd-repository-1.bundle 'refs/heads/*:refs/heads/old/*'; git branch --list --format='%(refname)'`,
      ),
    ).toContain('refs/heads/old/tree');
    await expect(world.run('salvage.restore', { name: 'odd', workspace: 'target' })).rejects.toMatchObject({
      code: 'exists',
    });
  });
});
