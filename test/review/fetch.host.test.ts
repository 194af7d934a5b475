import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { referenceFor } from '../../src/core/review/fetch.ts';
import { localShell, makeWorkspace, newRepo, startScene } from '../salvage/scene.ts';
import { prepare } from '../security/attacks/git.ts';
import type { World } from '../workspace/world.ts';

let world: World;
let top: string;
beforeAll(async () => {
  world = await startScene();
  top = await mkdtemp(join(tmpdir(), 'fetch-'));
});
afterAll(async () => {
  await rm(top, { recursive: true, force: true });
  await world?.close();
});

/** A clone of the operator's whose hooks and other programs note that they ran. */
async function makeClone(name: string): Promise<(script: string) => Promise<string>> {
  await localShell(
    top,
    `git init -q -b main ${name}; cd ${name}; git config user.name o; git config user.email o@o.invalid; echo 1 >f; git add f; git commit -qm first
printf '#!/bin/sh\\necho "$0" >>"%s"\\n' ${top}/ran >ran.sh; chmod 755 ran.sh; mkdir -p .git/hooks; for h in reference-transaction post-checkout post-merge post-update update pre-auto-gc; do cp ran.sh .git/hooks/$h; done; rm ran.sh`,
  );
  return (script) => localShell(join(top, name), script);
}
const fetch = (name: string, more = {}) => world.run('workspace.fetch', { name, ...more });

describe('a branch of a workspace', () => {
  it('is fetched into the repository that it came from, and again when it was rewritten', async () => {
    const mine = await makeClone('shop');
    await world.run('workspace.create', { name: 'shop', vm: 'box', repo: join(top, 'shop') });
    await world.run('agent.workspace-grants.grant', { name: 'ann', workspaces: 'shop' });
    const ann = async (script: string) => {
      const ran = await world.as('agt--ann', `set -e; cd /opt/agentworks/workspaces/shop; ${script}`);
      expect(ran.code, ran.stderr).toBe(0);
      return ran.stdout.trim();
    };
    await ann(
      `git config user.name a; git config user.email a@a.invalid; git checkout -q -b work; for i in 1 2 3; do echo $i >>f; git commit -qam "step $i"; done`,
    );
    const before = await mine('git for-each-ref refs/heads; git status --porcelain; rm -f ../ran');
    expect(await fetch('shop', { dryRun: true })).toMatchObject({
      data: { branch: 'work', reference: 'refs/agentworks/shop/work' },
    });
    expect(await mine('git for-each-ref refs/agentworks')).toBe('');
    expect(await fetch('shop')).toMatchObject({ data: { commits: 3, into: join(top, 'shop'), branch: 'work' } });
    expect((await mine('git rev-parse refs/agentworks/shop/work')).trim()).toBe(await ann('git rev-parse work'));
    await ann('git commit -q --amend -m rewritten');
    expect(await fetch('shop')).toMatchObject({ data: { commits: 3 } });
    expect((await mine('git log -1 --format=%s refs/agentworks/shop/work')).trim()).toBe('rewritten');
    expect(await fetch('shop', { branch: 'main' })).toMatchObject({
      data: { commits: 0, reference: 'refs/agentworks/shop/main' },
    });
    expect(await mine('git for-each-ref refs/heads; git status --porcelain; cat ../ran 2>/dev/null || true')).toBe(
      before,
    );
    expect(await mine('git fsck --strict --no-dangling 2>&1; find .git -name FETCH_HEAD')).toBe('');
    await expect(fetch('shop', { branch: 'none' })).rejects.toMatchObject({ code: 'not-found' });
    await expect(fetch('shop', { into: join(top, 'nowhere') })).rejects.toMatchObject({ code: 'not-found' });
    await expect(fetch('shop', { repository: 'below' })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('is fetched without a common history, detached, and from below the workspace', async () => {
    const mine = await makeClone('other');
    const ann = await makeWorkspace(world, 'below', 'ann');
    await ann(`mkdir deep; cd deep; ${newRepo}; git checkout -q --detach`);
    const fetched = await fetch('below', { repository: 'deep', into: join(top, 'other') });
    const { reference, commit } = fetched.data as { reference: string; commit: string };
    expect(reference).toBe(`refs/agentworks/below/commit-${commit.slice(0, 12)}`);
    expect((await mine(`git rev-parse ${reference}`)).trim()).toBe(commit);
  });

  it('brings nothing that is made to harm, and runs nothing', async () => {
    const mine = await makeClone('safe');
    await makeWorkspace(world, 'trap', 'ann');
    await world.as('agt--ann', prepare('/opt/agentworks/workspaces/trap'));
    await world.as('agt--ann', 'rm -f /tmp/git-ran; : >/tmp/git-ran; chmod 666 /tmp/git-ran');
    await fetch('trap', { into: join(top, 'safe') });
    expect((await world.host.root('cat /tmp/git-ran')).stdout).toBe('');
    expect((await world.host.root('pgrep -c -u op--trap . || true')).stdout.trim()).toBe('0');
    const evil = await makeWorkspace(world, 'evil', 'ann');
    await evil(`${newRepo}
commit() { git update-ref refs/heads/$1 $(git commit-tree -m x $2); }
blob=$(echo x | git hash-object -w --stdin)
hex() { printf "$(printf %s $1 | sed 's/../\\\\x&/g')"; }
entry() { printf '%s %s\\0' "$1" "$2"; hex $3; }
tree=$(entry 100644 config $blob | git hash-object -w -t tree --literally --stdin)
commit dotgit $(entry 40000 .git $tree | git hash-object -w -t tree --literally --stdin)
commit ntfs $(entry 40000 git~1 $tree | git hash-object -w -t tree --literally --stdin)
commit up $(entry 40000 .. $tree | git hash-object -w -t tree --literally --stdin)
modules=$(printf '[submodule "x"]\\n\\tpath = x\\n\\turl = --upload-pack=touch\\n' | git hash-object -w --stdin)
commit modules $(entry 100644 .gitmodules $modules | git hash-object -w -t tree --literally --stdin)
commit missing $(entry 100644 f $(printf 'a%.0s' $(seq 40)) | git hash-object -w -t tree --literally --stdin)
chmod -R g+rwX .git`);
    for (const branch of ['dotgit', 'up', 'modules', 'missing']) {
      await expect(fetch('evil', { branch, into: join(top, 'safe') }), branch).rejects.toThrow(/./);
    }
    expect((await mine('git for-each-ref --format="%(refname)" refs/agentworks')).trim()).toBe(
      'refs/agentworks/trap/master',
    );
  });

  it.each([
    ['feature/x', 'feature/x'],
    ['-x', 'commit-0123456789ab'],
    ['a..b', 'commit-0123456789ab'],
    ['../../heads/main', 'commit-0123456789ab'],
    ['ma\u202ein', 'commit-0123456789ab'],
    ['x'.repeat(300), 'commit-0123456789ab'],
    [undefined, 'commit-0123456789ab'],
  ])('called %j stands as %j', (branch, name) => {
    expect(referenceFor('shop', branch, '0123456789abcdef')).toBe(`refs/agentworks/shop/${name}`);
  });
});
