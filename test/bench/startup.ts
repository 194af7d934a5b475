import { join } from 'node:path';
import type { Vm } from '../../src/core/vm/model.ts';
import { insertVm } from '../../src/core/vm/rows.ts';
import { createNodeEngine } from '../../src/node/createEngine.ts';
import { silentAsk } from '../fakes/ask.ts';
import { heading, interleaved, line, timed } from './measure.ts';

const vm = (index: number): Vm => ({
  id: index.toString(16).padStart(12, '0'),
  name: `vm-${String(index).padStart(3, '0')}`,
  platform: 'ssh',
  origin: 'adopted',
  network: 'direct',
  template: 'default',
  adminUser: 'agentworks',
  provisioning: 'complete',
  init: 'complete',
  address: { host: `vm-${index}.invalid`, port: 22 },
  hostKeys: [],
  connectTimeoutMs: 10_000,
  cpus: 4,
  memoryGib: 8,
  diskGib: 50,
  swapGib: 4,
  vmHost: undefined,
  platformData: {},
  createdAt: '2026-01-01T00:00:00Z',
  lastSeenAt: undefined,
});

/** The bundled CLI against Node doing nothing. */
export async function benchStartup(cli: string, directory: string): Promise<void> {
  const env = { ...process.env, HOME: directory, AGENTWORKS_HOME: join(directory, 'state') };
  const engine = createNodeEngine({ ask: silentAsk, env, version: 'bench' });
  await engine.database.write((writer) => {
    for (let index = 0; index < 100; index++) insertVm(writer, vm(index));
  });
  await engine.close();
  const node = process.execPath;
  const times = await interleaved(15, {
    node: () => timed(node, ['-e', '0'], env),
    help: () => timed(node, [cli, '--help'], env),
    list: () => timed(node, [cli, 'vm', 'list', '--no-status'], env),
  });
  heading('Start-up (baseline: node -e 0; medians of 15, interleaved)');
  line('agentworks --help', times.help, times.node, { atMost: 1.5 });
  line('agentworks vm list, 100 VMs', times.list, times.node, { atMost: 3 });
}
