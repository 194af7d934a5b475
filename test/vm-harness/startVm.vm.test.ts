import { afterAll, beforeAll, expect, test } from 'vitest';
import { startVm, type TestVm } from './startVm.ts';

let vms: TestVm[] = [];
beforeAll(async () => {
  vms = [await startVm(), await startVm()];
});
afterAll(async () => {
  await Promise.all(vms.map(async (vm) => vm.dispose()));
});

test('two copies of one snapshot are machines of their own with the right time', async () => {
  const [one, two] = vms;
  if (one === undefined || two === undefined) throw new Error('no machines');
  await one.exec('echo mine > ~/mark');
  const other = await two.exec('cat ~/mark; date +%s; uname -r');
  expect(other.stderr).toContain('No such file');
  const [time, kernel] = other.stdout.trim().split('\n');
  expect(Math.abs(Number(time) - Date.now() / 1000)).toBeLessThan(30);
  expect(kernel).toMatch(/cloud/);
});

test('a copy has no way out', async () => {
  const route = await vms[0]?.exec('timeout 5 bash -c "exec 3<>/dev/tcp/10.0.2.2/22" 2>&1; echo "code $?"');
  expect(route?.stdout).not.toContain('code 0');
});
