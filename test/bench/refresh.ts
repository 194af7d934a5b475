import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { insertSession } from '../../src/core/session/rows.ts';
import { insertVm } from '../../src/core/vm/rows.ts';
import { insertWorkspace } from '../../src/core/workspace/rows.ts';
import { settings } from '../../src/extension/ids.ts';
import type { RefreshResult } from '../editor/bench/refresh.ts';
import { runInExtensionHost } from '../editor/driver/extensionHost.ts';
import { record } from '../editor/driver/record.ts';
import { installedExtension } from '../editor/driver/vsix.ts';
import { session, vm, workspace } from '../store/samples.ts';
import { ed25519Pair } from '../vm-harness/keys.ts';
import { type MachineDouble, startMachineDouble } from './machineDouble.ts';
import { heading, line } from './measure.ts';

const sizes = [
  { vms: 5, sessions: 100 },
  { vms: 50, sessions: 1000 },
  { vms: 50, sessions: 10_000 },
] as const;

/** A home whose record has so many machines, all of them the one double. */
async function fleetHome(home: string, double: MachineDouble, size: (typeof sizes)[number]): Promise<void> {
  const folder = join(home, '.config', 'agentworks');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const pair = ed25519Pair();
  const key = join(home, 'id_ed25519');
  await writeFile(key, pair.privateKey, { mode: 0o600 });
  await writeFile(`${key}.pub`, pair.publicKey);
  const keys = `ssh_public_key = ${JSON.stringify(`${key}.pub`)}\nssh_private_key = ${JSON.stringify(key)}\n`;
  await writeFile(join(folder, 'config.toml'), `[operator]\n${keys}`);
  const address = { host: '127.0.0.1', port: double.port };
  await record(home, (writer) => {
    for (let i = 0; i < size.vms; i++) {
      const name = `vm-${i}`;
      insertVm(writer, vm(name, { platform: 'ssh', origin: 'adopted', address, hostKeys: [double.hostKey] }));
      insertWorkspace(writer, workspace(`site-${i}`, name));
    }
    for (let i = 0; i < size.sessions; i++) insertSession(writer, session(`s-${i}`, `site-${i % size.vms}`));
  });
}

/** `entry`: the bundle of `test/editor/bench/refresh.ts`. */
export async function benchRefresh(directory: string, entry: string): Promise<void> {
  const double = await startMachineDouble();
  const results: RefreshResult[] = [];
  try {
    for (const size of sizes) {
      const run = join(directory, `refresh${size.sessions}`);
      const home = join(run, 'home');
      const folder = join(run, 'project');
      await mkdir(folder, { recursive: true });
      await fleetHome(home, double, size);
      const result = join(run, 'result.json');
      const before = double.answered();
      await runInExtensionHost({
        ...{ directory: run, folder, entry, extension: await installedExtension(), timeoutMs: 180_000 },
        env: { HOME: home, AGENTWORKS_BENCH_RESULT: result },
        // Only what is measured asks.
        settings: { [settings.refreshSeconds]: 3600 },
      });
      if (double.answered() - before < size.vms * 7) throw new Error('Not every machine was asked in every round.');
      results.push(JSON.parse(await readFile(result, 'utf8')) as RefreshResult);
    }
  } finally {
    await double.close();
  }
  const [small, middle, large] = results;
  if (small === undefined || middle === undefined || large === undefined) return;
  heading('Refresh of all views (medians of 5; machines are doubles at an SSH server)');
  for (const [i, { wallMs, cpuMs, residentBytes }] of results.entries()) {
    const { vms, sessions } = sizes[i] ?? sizes[0];
    const what = `${vms} VMs, ${sessions.toLocaleString('en')} sessions`;
    const memory = Math.round(residentBytes / 2 ** 20);
    console.log(
      `  ${what.padEnd(34)} ${Math.round(wallMs)} ms, extension host ${Math.round(cpuMs)} ms CPU, ${memory} MB`,
    );
  }
  // Ten times the rows: ten times the work, with something for what each machine takes.
  line('1,000 rows / 100', middle.cpuMs, small.cpuMs, { atMost: 12 });
  line('10,000 rows / 1,000', large.cpuMs, middle.cpuMs, { atMost: 12 });
}
