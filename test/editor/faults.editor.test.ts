import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { settings } from '../../src/extension/ids.ts';
import { atDesk } from './driver/desk.ts';
import { furnish, type Operator } from './driver/operator.ts';
import type { Workbench } from './driver/workbench.ts';

/** What must be noticed: one question, its deadline, and what a busy machine adds. */
const noticedMs = 60_000;
/** A window that waits for a machine answers a key at once; a busy machine adds something. */
const responsiveMs = 5000;

let operator: Operator;
let workbench: Workbench;
atDesk(
  async (desk) => {
    ({ operator, workbench } = desk);
    await workbench.showAgentworks();
    await workbench.row('session', 'build', 'running').waitFor();
  },
  { prepare: furnish, settings: { [settings.refreshSeconds]: 3 } },
);

/** The palette opens, finds a command and closes again. */
async function isResponsive(): Promise<void> {
  const began = performance.now();
  await workbench.press('F1');
  await workbench.input.fill('>Agentworks: Refresh');
  await workbench.option('Refresh').first().waitFor({ timeout: responsiveMs });
  await workbench.press('Escape');
  expect(performance.now() - began).toBeLessThan(responsiveMs);
}
const ask = (): Promise<void> => workbench.run('Agentworks: Refresh');
const untilWell = async (): Promise<void> => {
  await ask();
  await workbench.row('VM', 'box', 'running').waitFor({ timeout: noticedMs });
};
/** Connections that are there go too. */
const endSshd = 'systemctl stop ssh; pkill -9 -f "^sshd:" || true';

it('keeps the last known rows, and says so, while sshd is stopped', async () => {
  await operator.host.root(endSshd);
  await ask();
  await workbench.row('VM', 'box', 'no answer').waitFor({ timeout: noticedMs });
  await workbench.row('session', 'build', 'no answer').waitFor();
  await isResponsive();
  await workbench.picture('fault-sshd');
  await operator.host.root('systemctl start ssh');
  await untilWell();
});

it('stays usable while the network is cut for half a minute', async () => {
  await operator.host.cut();
  const began = performance.now();
  await ask();
  await isResponsive();
  await workbench.row('VM', 'box', 'no answer').waitFor({ timeout: noticedMs });
  await isResponsive();
  await sleep(Math.max(0, 30_000 - (performance.now() - began)));
  await operator.host.heal();
  await untilWell();
  await workbench.row('session', 'build', 'running').waitFor({ timeout: noticedMs });
});

it('says that sessions have ended after the machine was rebooted', async () => {
  await operator.host.reboot();
  await untilWell();
  await workbench.row('session', 'build', 'stopped').waitFor({ timeout: noticedMs });
  await workbench.choose(workbench.row('session', 'build'), 'Restart session');
  await workbench.row('session', 'build', 'running').waitFor({ timeout: noticedMs });
});

it('goes on with a machine whose clock is a day ahead', async () => {
  // The kernel's clock is everybody's; what the machine says about it is not.
  await operator.host.root(`cat >/usr/local/bin/date <<'END'
#!/bin/sh
[ "$1" = +%s ] || exec /bin/date "$@"
touch /run/was-asked
exec /bin/date -d '+1 day' +%s
END
chmod 755 /usr/local/bin/date`);
  await ask();
  await operator.host.root('for i in $(seq 300); do [ ! -e /run/was-asked ] || exit 0; sleep 0.1; done; exit 1');
  // The answer after that one is on the screen.
  await operator.host.root('rm /run/was-asked');
  await ask();
  await operator.host.root('for i in $(seq 300); do [ ! -e /run/was-asked ] || exit 0; sleep 0.1; done; exit 1');
  await workbench.row('VM', 'box', 'running').waitFor();
  // It may count as quiet: tmux has the kernel's clock.
  expect(await workbench.row('session', 'build').getAttribute('aria-label')).toMatch(/, running/);
  await operator.host.root('rm /usr/local/bin/date');
});

it('says in a sentence that the disk of the machine is full', async () => {
  await operator.host.root('mount -t tmpfs -o size=4k,nr_inodes=1,mode=755 full /opt/agentworks/workspaces');
  await workbench.run('Agentworks: Create workspace');
  await workbench.fillIn(['Name of the workspace', 'large'], ['HTTPS URL or local path'], ['Show plan first']);
  await workbench
    .toast(/No space left|disk .*full/i)
    .first()
    .waitFor({ timeout: noticedMs });
  await workbench.picture('fault-disk');
  await isResponsive();
  await operator.host.root('umount /opt/agentworks/workspaces');
  await untilWell();
});

it('refuses, loudly, a machine that shows another host key', async () => {
  await operator.host.root(
    `rm /etc/ssh/ssh_host_ed25519_key*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key; ${endSshd}; systemctl start ssh`,
  );
  await ask();
  await workbench.row('VM', 'box', 'host key changed').waitFor({ timeout: noticedMs });
  await workbench.toast('shows another host key').waitFor();
  await workbench.picture('fault-host-key');
  await isResponsive();
});
