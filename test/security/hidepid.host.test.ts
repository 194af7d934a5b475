import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../workspace/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await world.run('agent.create', { name: 'ann', vm: 'box' });
});
afterAll(() => world?.close());

const root = async (script: string): Promise<string> => (await world.host.root(`cd /; ${script}`)).stdout.trim();
const user = (script: string) => world.login('agt--ann', `export XDG_RUNTIME_DIR=/run/user/$(id -u); ${script}`);

describe('a machine that hides processes', () => {
  it('lets people log in without the delay of a logind that cannot see them', async () => {
    const began = Date.now();
    expect((await user('true')).code).toBe(0);
    // pam_systemd gives up after 25 seconds.
    expect(Date.now() - began).toBeLessThan(15_000);
    expect(await root('systemctl is-active systemd-logind')).toBe('active');
  });

  it('gives each login a session and a service manager of its own', async () => {
    const said = await user(
      'loginctl show-user "$(id -u)" -p Name --value; loginctl list-sessions --no-legend | grep -c agt--ann; systemctl --user is-system-running --wait; systemd-run --user -q touch ~/ran; for i in $(seq 50); do [ -e ~/ran ] && echo ran && break; sleep 0.1; done',
    );
    expect(said.stdout.split('\n').slice(0, 4)).toEqual(['agt--ann', '1', 'running', 'ran']);
    expect((await user('ls /proc | grep -cx 1')).stdout.trim()).toBe('0');
  });

  it('counts its user timers and its own processes, and nobody else’s', async () => {
    await user('systemd-run --user -q --on-active=3600 --unit=later true');
    expect((await user('systemctl --user list-timers --no-legend later.timer | grep -c later')).stdout.trim()).toBe(
      '1',
    );
    expect((await user('systemctl --user stop later.timer; ps -e -o user= | sort -u')).stdout.trim()).toBe('agt--ann');
  });

  it('exempts polkit, when it comes later, by the next reinit', async () => {
    await root('groupadd -r polkitd; useradd -r -g polkitd -d / -s /usr/sbin/nologin polkitd');
    await world.run('vm.reinit', { name: 'box', yes: true });
    expect((await root('id -nG polkitd')).split(' ')).toContain('proc');
    expect(await root('cat /etc/systemd/system/polkit.service.d/agentworks.conf')).toContain(
      'SupplementaryGroups=proc',
    );
    expect(await root('runuser -u polkitd -- ls /proc | grep -cx 1')).toBe('1');
  });
});
