import { it } from 'vitest';
import { isSoak } from '../soak.ts';
import { campaign } from './campaign.ts';
import type { Verb } from './verbs.ts';
import { adoptArgv, startWorld, type World } from './world.ts';

const remove = ['vm', 'delete', 'box', '--yes', '--force', '--remove-files'];
const things = [{ kind: 'vm', name: 'box' } as const];

/** A host that was adopted once and given up again: packages stay. */
async function furnish(): Promise<World> {
  const world = await startWorld('machine');
  await world.ok(...adoptArgv(world, 'box'));
  await world.ok('workspace', 'create', '--name', 'web', '--vm', 'box');
  await world.ok('agent', 'create', '--name', 'ann', '--vm', 'box');
  await world.ok('session', 'create', '--name', 'fix', '--workspace', 'web', '--agent', 'ann');
  await world.ok(...remove);
  return world;
}

const facts = async (world: World, script: string): Promise<string[]> =>
  (await world.host.root(`cd /; ${script}`, { check: false })).stdout.split('\n').filter((line) => line !== '');

/** Nothing was done twice where twice does harm. */
const isInitialized = (world: World): Promise<string[]> =>
  facts(
    world,
    `sort /etc/fstab | uniq -d | sed 's/^/twice in fstab: /'
/usr/sbin/sshd -t || echo 'sshd refuses its configuration'
dpkg --audit
agw-needs-hello >/dev/null || echo 'a package is not there'
findmnt -rno TARGET | sort | uniq -d | grep -E '^/(home|tmp|var/tmp|dev/shm|opt)' | sed 's/^/mounted twice: /'
sort /home/agentworks/.ssh/authorized_keys | uniq -d | sed 's/^/key twice: /'`,
  );

const verbsOf = (world: World): Verb[] => {
  const adopt = adoptArgv(world, 'box');
  return [
    { id: 'vm create', prepare: [], argv: adopt, things, remove: [remove], isDone: isInitialized },
    {
      id: 'vm reinit',
      prepare: [adopt],
      argv: ['vm', 'reinit', 'box', '--yes'],
      things,
      remove: [remove],
      isDone: isInitialized,
    },
    {
      id: 'vm delete',
      prepare: [
        adopt,
        ['workspace', 'create', '--name', 'web', '--vm', 'box'],
        ['agent', 'create', '--name', 'ann', '--vm', 'box'],
        ['session', 'create', '--name', 'fix', '--workspace', 'web', '--agent', 'ann'],
      ],
      argv: remove,
      things,
      remove: [remove],
      isRemoval: true,
    },
  ];
};

it(
  'adopting, initializing and un-adopting a host that is interrupted anywhere can be run again and leaves nothing',
  () => campaign(furnish, verbsOf, { sample: 6, mains: 2 }),
  isSoak ? 24 * 3600_000 : 900_000,
);
