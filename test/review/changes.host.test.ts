import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workspaceChanges } from '../../src/core/review/changes.ts';
import type { Change, RepositoryChanges } from '../../src/core/review/model.ts';
import { testContext } from '../fakes/context.ts';
import { makeWorkspace, startScene } from '../salvage/scene.ts';
import { prepare } from '../security/attacks/git.ts';
import { soak } from '../soak.ts';
import type { World } from '../workspace/world.ts';

let world: World;
beforeAll(async () => {
  world = await startScene();
});
afterAll(() => world?.close());

const changesOf = async (workspace: string, more: { base?: string; mostFiles?: number } = {}) =>
  workspaceChanges(world.engine, { workspace, ...more }, testContext());
const onlyOne = async (workspace: string, more = {}): Promise<RepositoryChanges> => {
  const { repositories, unread } = await changesOf(workspace, more);
  expect(unread).toEqual([]);
  expect(repositories).toHaveLength(1);
  return repositories[0] as RepositoryChanges;
};
const short = ({ status, before, after }: Change): string =>
  [status, ...(before !== undefined && before.path !== after?.path ? [before.path] : []), after?.path ?? '']
    .join(' ')
    .trim();

const identity = 'git config user.name a; git config user.email a@a.invalid';

describe('changes of a workspace', () => {
  it('are what is committed, changed, new, renamed and deleted since the commit that a remote has', async () => {
    const ann = await makeWorkspace(world, 'shop', 'ann');
    await ann(`git init -q -b main .; ${identity}
for i in 1 2 3 4 5 6 7 8 9; do echo "line $i"; done >moved; echo 1 >same; echo 1 >edited; echo never again >gone; head -c 3000 /dev/urandom >picture; echo 1 >run; echo 1 >linked
printf '/built\\n' >.gitignore; git add .; git commit -qm first; git update-ref refs/remotes/origin/main HEAD
git checkout -q -b work; echo 2 >committed; git add .; git commit -qm 'Add a file'; echo 1 >built; git add -f built; git commit -qm 'Add what is ignored'
mkdir sub; git mv moved sub/moved; printf 'a\\nb\\n' >edited; rm gone; head -c 4000 /dev/urandom >picture; chmod 755 run; rm linked; ln -s /etc/passwd linked
mkdir new; printf 'x\\ny\\n' >new/file; truncate -s 40M large; echo ignored >built.log; echo '*.log' >>.gitignore; git add edited`);
    const shop = await onlyOne('shop');
    expect(shop).toMatchObject({ path: '.', branch: 'work', ahead: 2, total: 11, format: 'sha1', isShallow: false });
    expect(shop.commits.map(({ subject, author }) => `${author}: ${subject}`)).toEqual([
      'a: Add what is ignored',
      'a: Add a file',
    ]);
    expect(shop.changes.map(short)).toEqual([
      'modified .gitignore',
      'added built',
      'added committed',
      'modified edited',
      'deleted gone',
      'added large',
      'type-changed linked',
      'added new/file',
      'modified picture',
      'modified run',
      'renamed moved sub/moved',
    ]);
    const at = (path: string) => shop.changes.find((one) => (one.after ?? one.before)?.path === path);
    expect(at('edited')).toMatchObject({
      lines: { added: 2, removed: 1 },
      before: { size: 2 },
      after: { size: 4, id: undefined },
    });
    expect(at('edited')?.before?.id).toBe((await ann('git rev-parse origin/main:edited')).trim());
    expect(at('picture')).toMatchObject({ isBinary: true, before: { size: 3000 }, after: { size: 4000 } });
    expect(at('large')).toMatchObject({ after: { size: 40 * 2 ** 20, id: undefined }, lines: undefined });
    expect(at('run')).toMatchObject({ before: { kind: 'file' }, after: { kind: 'executable' } });
    expect(at('linked')).toMatchObject({ after: { kind: 'link', size: 11 } });
    expect(at('new/file')).toMatchObject({ lines: { added: 2, removed: 0 } });
    expect(await onlyOne('shop', { base: 'work' })).toMatchObject({ ahead: 0, commits: [], total: 9 });
    await expect(changesOf('shop', { base: 'nothing' })).rejects.toMatchObject({ code: 'not-found' });
    await expect(changesOf('shop', { base: '--upload-pack=x' })).rejects.toMatchObject({ code: 'invalid' });
  });

  it('are all that is there without a remote, and in repositories below', async () => {
    const ann = await makeWorkspace(world, 'several', 'ann');
    expect(await changesOf('several')).toMatchObject({ repositories: [], unread: [] });
    await ann(
      `git init -q one; cd one; echo 1 >f; cd ..; git init -q -b trunk two; cd two; ${identity}; echo 1 >g; git add .; git commit -qm x`,
    );
    const { repositories } = await changesOf('several');
    expect(repositories).toMatchObject([
      { path: 'one', head: undefined, base: undefined, ahead: 0, changes: [{ status: 'added', after: { path: 'f' } }] },
      {
        path: 'two',
        branch: 'trunk',
        base: undefined,
        ahead: 1,
        changes: [{ status: 'added', after: { path: 'g', size: 2 } }],
      },
    ]);
  });

  it('are seen although the repository says that there are none', async () => {
    const ann = await makeWorkspace(world, 'hidden', 'ann');
    await ann(`git init -q .; ${identity}; for f in assumed skipped stat kept; do echo aaaa >$f; done; git add .; git commit -qm x; git update-ref refs/remotes/origin/main HEAD
git update-index --assume-unchanged assumed; git update-index --skip-worktree skipped
for f in assumed skipped; do echo bbbb >$f; done
touch -d '2020-01-01' stat; git update-index --refresh; cp -p stat /tmp/stat; echo bbbb >stat; touch -r /tmp/stat stat
mkdir shut; echo 1 >shut/file; chmod 700 shut; setfacl -b shut; chmod 700 shut
git status --porcelain`);
    const hidden = await onlyOne('hidden');
    expect(hidden.changes.map(short)).toEqual(['modified assumed', 'modified skipped', 'modified stat']);
    expect(hidden.unreadable).toEqual(['shut']);
  });

  it('have whatever names an agent gives', async () => {
    const ann = await makeWorkspace(world, 'named', 'ann');
    await ann(`git init -q .; ${identity}; echo this >f; mkdir d; echo that >d/f; git add .; git commit -qm x; git update-ref refs/remotes/origin/main HEAD
rm -r d f; ln -s /etc d; mkdir f; echo this >f/inside; mkdir -p .GIT 'git~1'; echo 1 >.GIT/x; echo 1 >'git~1/x'
for n in -n --help $'a\\nb' $'c\\e]52;c;eA==\\a' ':(glob)*' '"q"' $'\\xff\\xfe' '$(id)' ' '; do echo "$n and more" >"./$n"; done`);
    const named = await onlyOne('named');
    expect(named.changes.map(short).sort()).toEqual(
      [
        'added',
        'added "q"',
        'added $(id)',
        'added --help',
        'added -n',
        'added .GIT/x',
        'added :(glob)*',
        'added \ufffd\ufffd',
        'added a\nb',
        'added c\u001b]52;c;eA==\u0007',
        'added d',
        'deleted d/f',
        'added git~1/x',
        'renamed f f/inside',
      ].sort(),
    );
  });

  it('run nothing of the repository', async () => {
    await makeWorkspace(world, 'trap', 'ann');
    await world.as('agt--ann', prepare('/opt/agentworks/workspaces/trap'));
    await world.as('agt--ann', 'rm -f /tmp/git-ran; : >/tmp/git-ran; chmod 666 /tmp/git-ran');
    const { repositories } = await changesOf('trap');
    const trap = repositories.find(({ path }) => path === '.');
    expect(trap?.changes.map(short)).toContain('added f');
    expect((await world.host.root('cat /tmp/git-ran')).stdout).toBe('');
    expect((await world.host.root('pgrep -c -u op--trap . || true')).stdout.trim()).toBe('0');
  });

  it('do not wait for a pipe in the place of what Git reads', async () => {
    const ann = await makeWorkspace(world, 'pipes', 'ann');
    await ann(`git init -q one; mkfifo one/pipe; cd one; ${identity}; echo 1 >f; git add f; git commit -qm x; rm f; mkfifo f; cd ..
git init -q two; rm two/.git/config; mkfifo two/.git/config; mkfifo three; mkdir four; mkfifo four/.git`);
    const { repositories, unread } = await changesOf('pipes');
    expect(unread).toEqual(['four', 'two']);
    expect(repositories).toMatchObject([{ path: 'one', total: 0 }]);
  });

  it(`are counted whole and named in part: ${soak(5_000, 100_000)} files`, async () => {
    const count = soak(5_000, 100_000);
    const ann = await makeWorkspace(world, 'many', 'ann');
    await ann(`git init -q .; ${identity}; mkdir d; cd d; seq -f 'file-%06.0f' ${count} | xargs touch`);
    const many = await onlyOne('many', { mostFiles: 100 });
    expect(many.total).toBe(count);
    expect(many.changes).toHaveLength(100);
    expect(many.changes[0]).toMatchObject({ status: 'added', after: { path: 'd/file-000001', size: 0 } });
  });
});
