import { agentUser, workspaceGroup } from '../../src/core/names.ts';
import type { Thing } from './verbs.ts';
import type { World } from './world.ts';

type Listed = { name: string; status: string; init: string; provisioning: string };

/** What `list` says of the thing; undefined when it is not in the list. */
async function listed(world: World, thing: Thing): Promise<string | undefined> {
  const rows = (await world.ok(thing.kind, 'list')) as Listed[] | Record<string, Listed[]>;
  const all = Array.isArray(rows) ? rows : Object.values(rows).flat();
  const found = all.find((one) => one.name === thing.name);
  if (thing.kind !== 'vm') return found?.status;
  return found?.provisioning === 'complete' ? found.init : found?.provisioning;
}

/** Whether the machine has it, found without any of our code. */
async function present(world: World, { kind, name }: Thing): Promise<'whole' | 'part' | 'none'> {
  const tests = {
    agent: [`getent passwd ${agentUser(name)}`, `test -d /home/${agentUser(name)}`, `getent group ${agentUser(name)}`],
    workspace: [
      `getent group ${workspaceGroup(name)}`,
      `test -d /opt/agentworks/workspaces/${name}`,
      `getent passwd op--${name}`,
    ],
    vm: [
      `test -e /etc/ssh/sshd_config.d/10-agentworks.conf`,
      'grep -q x-agentworks /etc/fstab',
      'test -d /etc/agentworks/keys',
    ],
    session: ["pgrep -u agt--keeper -x 'tmux: server'"],
  }[kind];
  const codes = await Promise.all(
    tests.map(async (test) => (await world.host.root(`cd /; ${test}`, { check: false })).code),
  );
  const count = codes.filter((code) => code === 0).length;
  return count === 0 ? 'none' : count === codes.length ? 'whole' : 'part';
}

/** Claims that are not so. A row that says it is being made or removed claims nothing. */
export async function lies(world: World, thing: Thing): Promise<string[]> {
  let real = await present(world, thing);
  let said: string | undefined;
  // Work on the machine outlives the command that began it: what is said counts when nothing changed around it.
  for (let before: typeof real | undefined; before !== real; ) {
    before = real;
    said = await listed(world, thing);
    real = await present(world, thing);
  }
  const what = `${thing.kind} '${thing.name}'`;
  if (said === undefined)
    return real === 'none' ? [] : [`${what} is in no list, but ${real === 'part' ? 'in part ' : ''}on the machine`];
  if (thing.kind === 'session') {
    if (said === 'running' && real === 'none') return [`${what} is said to run and does not`];
    if (said === 'stopped' && real !== 'none') return [`${what} is said to be stopped and runs`];
    return said === 'unknown' ? [`${what} is said to be unknown on a machine that answers`] : [];
  }
  if (thing.kind === 'vm')
    return said === 'complete' && real !== 'whole' ? [`${what} is said to be complete and is half done`] : [];
  return said === 'ready' && real !== 'whole'
    ? [`${what} is said to be ready and is ${real === 'none' ? 'not' : 'half'} there`]
    : [];
}
