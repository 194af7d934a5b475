import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/core/engine.ts';
import { tarHead, tarPadding } from '../../src/core/environment/tar.ts';
import type { Manifest, Member, TreeReport } from '../../src/core/salvage/model.ts';
import { type Restored, restoreTo } from '../../src/core/salvage/restore.ts';
import { createNodeProcess } from '../../src/node/nodeProcess.ts';

const execute = promisify(execFile);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agentworks-hostile-'));
  await mkdir(join(folder, 'victim'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const shell = async (script: string, cwd: string): Promise<string> =>
  (
    await execute('bash', ['-ec', script], {
      cwd,
      env: { PATH: process.env.PATH, HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' },
      encoding: 'latin1',
    })
  ).stdout;

type Entry = { path: string; content?: string; link?: string };

const archive = (entries: readonly Entry[]): Buffer =>
  Buffer.concat([
    ...entries.flatMap(({ path, content, link }) => {
      const size = Buffer.byteLength(content ?? '');
      const kind = link !== undefined ? ('2' as const) : content === undefined ? ('5' as const) : ('0' as const);
      const target = link === undefined ? {} : { target: link };
      return [
        tarHead({ path, kind, mode: 0o755, size, modified: 0, ...target }),
        Buffer.from(content ?? ''),
        Buffer.alloc(tarPadding(size)),
      ];
    }),
    Buffer.alloc(1024),
  ]);

/** What an agent makes of one repository: shell text that is run in a repository with nothing in it. */
interface Repository {
  path: string;
  script: string;
  isBare?: boolean;
}

const identity = 'git config user.name a; git config user.email a@a.invalid';

/** Restores what was saved of a hostile tree: its repositories, and an archive with these entries. */
async function restored(repositories: readonly Repository[], entries: readonly Entry[]): Promise<string> {
  const saved = join(folder, 'salvage');
  const members: Member[] = [];
  const add = async (type: Member['type'], path: string, bytes: Buffer): Promise<void> => {
    const file = `${members.length}.${type}`;
    await mkdir(dirname(join(saved, file)), { recursive: true });
    await writeFile(join(saved, file), bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    members.push({ file, type, kind: 'workspace', name: 'w', path, bytes: bytes.length, sha256 });
  };
  const reports: TreeReport['repositories'] = [];
  for (const [i, { path, script, isBare = false }] of repositories.entries()) {
    const source = join(folder, `source${i}`);
    await mkdir(source);
    await shell(`git init -q -b main .; ${identity}; ${script}; git commit -q --allow-empty -m x`, source);
    await shell('git bundle create -q ../bundle --all', source);
    await add('bundle', path, await readFile(join(folder, 'bundle')));
    const say = async (type: Member['type'], command: string): Promise<void> =>
      add(type, path, Buffer.from(await shell(command, source), 'latin1'));
    await say('packed-refs', "git for-each-ref --format='%(objectname) %(refname)'");
    if (!isBare) await say('index-list', 'git ls-files -z -s');
    const head = (await shell('git rev-parse HEAD', source)).trim();
    const counts = { changed: 0, untracked: 1, ahead: 1, stashes: 0, objectBytes: 1 };
    reports.push({ path, status: 'read', why: undefined, isBare, branch: 'main', head, ...counts, format: 'sha1' });
  }
  await add('tree', '', archive(entries));
  const tree = { kind: 'workspace', name: 'w', repositories: reports } as unknown as TreeReport;
  const manifest = { version: 1, name: 'w', trees: [tree], members } as unknown as Manifest;
  const engine = { process: createNodeProcess(process.env) } as unknown as Engine;
  const to = join(folder, 'restored');
  (await restoreTo(engine, { status: 'complete', folder: 'salvage', path: saved, manifest, bytes: 1 }, to, {
    signal: new AbortController().signal,
    report: () => undefined,
  } as Parameters<typeof restoreTo>[3])) satisfies Restored;
  return to;
}

const armed = (): string =>
  `[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = ..\n\tfsmonitor = touch ${folder}/ran\n`;

/** As a prompt does in every folder that somebody enters. */
async function ranByLooking(to: string): Promise<boolean> {
  await shell('find . -type d | while read -r d; do (cd "$d" && git status) >/dev/null 2>&1 || true; done', to);
  return (await readdir(folder)).includes('ran');
}

const head = 'ref: refs/heads/main\n';

describe('a restored salvage of a hostile tree', () => {
  it('has no repository where a link of another one leads', async () => {
    const outer = { path: 'r', script: 'ln -s ../../victim sub; git add sub' };
    const to = await restored(
      [outer, { path: 'r/sub/.config', script: 'mkdir conf.d; echo run >conf.d/x; git add .' }],
      [],
    );
    expect(await readdir(join(folder, 'victim'))).toEqual([]);
    expect(await readdir(join(to, 'r'))).toContain('sub');
  });

  it('has no Git folder that was the working tree of another repository', async () => {
    const script = `printf %s ${JSON.stringify(head)} >HEAD; mkdir objects refs; : >objects/o; : >refs/r; cat >config <<'EOT'\n${armed()}EOT\ngit add -f .`;
    expect(await ranByLooking(await restored([{ path: 'r/.git', script }], [{ path: 'r/f', content: 'f' }]))).toBe(
      false,
    );
  });

  it.each<[string, () => Entry[]]>([
    [
      'a head that is a link',
      () => [
        { path: 'h/config', content: armed() },
        { path: 'h/objects/' },
        { path: 'h/refs/' },
        { path: 'h/HEAD', link: 'refs/heads/main' },
      ],
    ],
    [
      'parts that are links',
      () => [
        { path: 'h/config', content: armed() },
        { path: 'h/HEAD', content: head },
        { path: 'h/o/' },
        { path: 'h/objects', link: 'o' },
        { path: 'h/refs', link: 'o' },
      ],
    ],
    [
      'parts in another folder',
      () => [
        { path: 'c/config', content: armed() },
        { path: 'c/objects/' },
        { path: 'c/refs/' },
        { path: 'd/commondir', content: '../c\n' },
        { path: 'd/HEAD', content: head },
      ],
    ],
  ])('has no folder that Git takes for a repository: %s', async (_, entries) => {
    const to = await restored([], entries());
    expect(await ranByLooking(to)).toBe(false);
    const found = 'find . -type d | while read -r d; do git -C "$d" rev-parse --git-dir 2>/dev/null || true; done';
    expect(await shell(found, to)).toBe('');
  });

  it('has none of which a commit and the archive hold a part each', async () => {
    const script = `mkdir x; printf %s ${JSON.stringify(head)} >x/HEAD; git add .`;
    const rest = [{ path: 'r/x/config', content: armed() }, { path: 'r/x/objects/' }, { path: 'r/x/refs/' }];
    expect(await ranByLooking(await restored([{ path: 'r', script }], rest))).toBe(false);
  });

  it('has no file of the archive in a repository without a working tree, whatever its letters', async () => {
    const script = 'echo 1 >f; git add f';
    const entries = [
      { path: 'b/config', content: armed() },
      { path: 'B/hooks/x', content: 'x' },
      { path: 'b/.git/config', content: 'kept' },
    ];
    const to = await restored([{ path: 'b', script, isBare: true }], entries);
    expect(await readFile(join(to, 'b', 'config'), 'utf8')).not.toContain('ran');
    expect(await readdir(to)).not.toContain('B');
    expect(await readFile(join(to, 'b', '.git.salvaged', 'config'), 'utf8')).toBe('kept');
    expect(await ranByLooking(to)).toBe(false);
  });
});
