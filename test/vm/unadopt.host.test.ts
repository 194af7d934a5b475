import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine } from '../../src/core/engine.ts';
import { requireVm } from '../../src/core/vm/lookup.ts';
import { listVms } from '../../src/core/vm/rows.ts';
import { deleteVm, describeVm, reinitVm } from '../../src/core/vm/service.ts';
import { scriptedAsk } from '../fakes/ask.ts';
import { testContext } from '../fakes/context.ts';
import { hostEngine } from '../hosts/engine.ts';
import { startHost, type TestHost } from '../hosts/host.ts';

/** What concerns everybody on the host. */
const traces = `cd /
cat /etc/fstab | grep -v '^#' || true
findmnt -rno OPTIONS /proc | tail -n 1 | tr ',' '\\n' | grep hidepid || true
findmnt -rno TARGET /home /var/tmp || true
ls /etc/ssh/sshd_config.d /etc/sudoers.d /etc/tmpfiles.d /etc/systemd/system
ls /etc/cron.allow /etc/at.allow 2>&1 || true
getent passwd agentworks | cut -d: -f1-6`;

let host: TestHost;
let engine: Engine;
const look = async (): Promise<string> => (await host.root(traces)).stdout;

beforeAll(async () => {
  host = await startHost();
  await host.root(
    `printf 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBfriend friend\\n' >> ~agentworks/.ssh/authorized_keys`,
  );
  const made = await hostEngine(host);
  engine = made;
});
afterAll(async () => {
  await engine?.close();
  await host?.dispose();
});

it('a refusal leaves the host as it was, and shows', async () => {
  const before = await look();
  const ask = scriptedAsk([false]);
  const { init } = await reinitVm({ ...engine, ask }, { name: 'box', rotateTokens: false }, testContext());
  expect(init).toBe('complete');
  expect(ask.questions[0]).toContain('Make these changes on the host');
  const after = await look();
  expect(after.replace('agentworks.conf\n', '')).toBe(before);
  const described = await describeVm(engine, 'box', testContext());
  expect(described.vm.platformData.hostChanges).toBe('refused');
});

it('consent is kept, other keys stay, and un-adopting undoes what was done', async () => {
  const before = await look();
  await reinitVm(engine, { name: 'box', rotateTokens: false, hostChanges: 'yes' }, testContext());
  expect((await requireVm(engine, 'box')).platformData.hostChanges).toBe('accepted');
  const changed = await look();
  expect(changed).toContain('hidepid');
  expect(changed).toContain('x-agentworks');
  expect((await host.root('cat ~agentworks/.ssh/authorized_keys')).stdout).toContain('friend');
  await host.root(
    'useradd -m -u 20001 agt--left; groupadd ws--left; runuser -u agt--left -- sleep 500 >/dev/null 2>&1 &',
  );
  await deleteVm(engine, { name: 'box', force: false, isConfirmed: true, forget: false, files: true }, testContext());
  expect((await look()).trim()).toBe(before.replace('agentworks.conf\n', '').trim());
  const left = await host.root(
    `getent passwd | grep -c agt-- ; ls -d /opt/agentworks/workspaces /etc/agentworks /home/agt--left /var/lib/agentworks/stamps 2>/dev/null | wc -l`,
    { check: false },
  );
  expect(left.stdout.trim().split('\n')).toEqual(['0', '0']);
  expect(await engine.database.read((r) => listVms(r))).toEqual([]);
});
