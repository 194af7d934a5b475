import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { World } from '../workspace/world.ts';
import { base, localShell, makeWorkspace, newRepo, startScene } from './scene.ts';

let world: World;
beforeAll(async () => {
  world = await startScene();
});
afterAll(() => world?.close());

describe('a restored tree of an agent', () => {
  it('makes Git on this machine run nothing, and no repository where its links lead', async () => {
    const ran = join(world.host.directory, 'ran');
    const victim = join(world.host.directory, 'victim');
    await mkdir(victim);
    const armed = `printf '[core]\\n\\trepositoryformatversion = 0\\n\\tbare = false\\n\\tworktree = ..\\n\\tfsmonitor = touch ${ran}\\n' >config`;
    const head = "echo 'ref: refs/heads/main' >HEAD";
    const hide = (path: string): string =>
      `git commit -q -m x; git update-index --assume-unchanged ${path}; rm ${path}`;
    const traps = [
      // What a link of a commit leads to is a folder here.
      `mkdir l; cd l; ${newRepo}; ln -s ../../victim sub; git add sub; ${hide('sub')}; mkdir -p sub/.config; cd sub/.config; ${newRepo}`,
      // A working tree called .git, whose own files are those of a Git directory.
      `mkdir -p r/.git; cd r/.git; ${newRepo}; ${armed}; mkdir objects refs; : >objects/o; : >refs/r; ${head}; git add -f .; ${hide('HEAD')}`,
      `mkdir h; cd h; ${armed}; mkdir objects refs; ln -s refs/heads/main HEAD`,
      `mkdir c d; cd c; ${armed}; mkdir objects refs; cd ../d; echo ../c >commondir; ${head}; ${armed}`,
      `mkdir t; cd t; ${newRepo}; mkdir x; cd x; ${armed}; mkdir o; : >o/o; ln -s o objects; ln -s o refs; ${head}; git add -f .; ${hide('HEAD')}`,
    ];
    const ann = await makeWorkspace(world, 'traps', 'ann');
    await ann(`export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
${traps.map((trap) => `(${trap})`).join('\n')}`);
    await world.run('workspace.delete', { name: 'traps', yes: true });
    const to = join(world.host.directory, 'restored-traps');
    await world.run('salvage.restore', { name: 'traps', to });
    expect(await readdir(victim)).toEqual([]);
    expect((await readdir(to)).sort()).toEqual(['c', 'd', 'h', 'l', 'r', 't']);
    // As a prompt does in every folder that somebody enters.
    await localShell(to, 'find . -type d | while read -r d; do (cd "$d" && git status) >/dev/null 2>&1 || true; done');
    expect(await readdir(world.host.directory)).not.toContain('ran');
  });

  it('is not unpacked where a link leads that somebody in the workspace puts in its way', async () => {
    const ann = await makeWorkspace(world, 'many', 'ann');
    await ann('mkdir a; cd a; seq 4000 | xargs touch; echo planted >zz-planted');
    await world.run('workspace.delete', { name: 'many', yes: true });
    await makeWorkspace(world, 'into', 'bob');
    await world.host.root(
      `cat >/tmp/swap.pl <<'EOT'
chdir "${base}/into"; my $until = time + 60;
while (time < $until) {
  for (glob "salvage-*") { next if -l $_; rename "$_/a", "$_/.a" and symlink "/home/op--into", "$_/a" unless -l "$_/a"; }
}
EOT
setsid runuser -u agt--bob -- perl /tmp/swap.pl >/dev/null 2>&1 </dev/null &`,
    );
    await world.run('salvage.restore', { name: 'many', workspace: 'into' }).catch(() => undefined);
    expect((await world.host.root('ls /home/op--into')).stdout).toBe('');
    expect((await world.host.root(`ls -A ${base}/into`)).stdout).toMatch(/^salvage-/);
    await world.host.root('pkill -u agt--bob -f swap.pl || true');
  });
});
