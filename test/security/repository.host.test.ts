import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeVm } from '../../src/core/remote/probeRun.ts';
import { requireVm } from '../../src/core/vm/lookup.ts';
import { testContext } from '../fakes/context.ts';
import { startWorld, type World } from '../workspace/world.ts';

const folder = '/opt/agentworks/workspaces/one';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await world.run('workspace.create', { name: 'one', vm: 'box' });
  await world.run('agent.create', { name: 'ann', vm: 'box' });
  await world.run('agent.workspace-grants.grant', { name: 'ann', workspaces: 'one' });
  await world.as(
    'agt--ann',
    `cd ${folder} && git init -q . && git config user.name a && git config user.email a@a.invalid && echo 1 >f && git add f && git commit -q -m x`,
  );
});
afterAll(() => world?.close());

const root = async (script: string): Promise<string> => (await world.host.root(`cd /; ${script}`)).stdout.trim();
const status = async () => {
  const request = { workspaces: [{ name: 'one', path: folder, account: 'op--one' }] };
  return (await probeVm(world.engine, await requireVm(world.engine, 'box'), request, testContext())).workspaces[0];
};
const asAnn = (script: string) => world.as('agt--ann', `cd ${folder} && ${script} && chmod -R g+rwX .git`);

describe('looking at a repository that an agent prepared', () => {
  it('runs none of its filters, whatever they are called', async () => {
    await asAnn(`echo 1 >g; git add g; for one in 'a' 'with.dot' 'Wi th "blank' '='; do
  git config "filter.$one.clean" 'touch /tmp/ran-filter; cat'
  git config "filter.$one.process" 'touch /tmp/ran-filter; cat'
  git config "filter.$one.required" true
done
printf '%s\\n' 'f filter=a' 'g filter=with.dot' >.gitattributes; echo 2 >f; echo 2 >g`);
    await root('rm -f /tmp/ran-filter');
    expect(await status()).toMatchObject({ exists: true, git: { changed: 2 } });
    expect(await root('ls /tmp/ran-filter 2>/dev/null || true')).toBe('');
  });

  it('fetches nothing that the repository says it lacks', async () => {
    await asAnn(`rm .gitattributes; git config core.repositoryFormatVersion 1; git config extensions.partialClone origin
git config remote.origin.url 'ext::touch% /tmp/ran-fetch'; git config remote.origin.promisor true; git config protocol.ext.allow always
git config remote.origin.uploadpack 'touch /tmp/ran-fetch'
find .git/objects -type f -delete; true`);
    await status();
    await asAnn(
      `git config remote.origin.url 'ssh://nowhere.invalid/x'; git config core.sshCommand 'touch /tmp/ran-fetch;'`,
    );
    await status();
    expect(await root('ls /tmp/ran-fetch 2>/dev/null || true')).toBe('');
  });

  it('leaves no process of the operator account behind, which would outlive the grant', async () => {
    await asAnn(`rm -rf .git && git init -q . && echo 3 >f && git add f
git config filter.late.clean '(setsid sleep 987 >/dev/null 2>&1 </dev/null &); cat'
echo '* filter=late' >.gitattributes; echo 4 >f`);
    // The agent rewrites the configuration all the time, so that what is looked at first is not what Git then finds.
    await root(
      `systemd-run -q --uid=agt--ann --unit=flip bash -c 'cd ${folder}; cp .git/config /tmp/with; printf "[core]\\nrepositoryformatversion = 0\\n" >/tmp/without; while :; do cp /tmp/with .git/config.n && mv .git/config.n .git/config; cp /tmp/without .git/config.n && mv .git/config.n .git/config; done'; sleep 0.3`,
    );
    for (let i = 0; i < 12; i++) await status();
    expect(await root('pgrep -c -u op--one . || true')).toBe('0');
    await root('systemctl stop flip');
  });
});
