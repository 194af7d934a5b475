import { join } from 'node:path';
import { insertVm } from '../../src/core/vm/rows.ts';
import { createNodeEngine } from '../../src/node/createEngine.ts';
import { silentAsk } from '../fakes/ask.ts';
import { vm } from '../store/samples.ts';
import { heading, interleaved, line, timed } from './measure.ts';

/** The bundled CLI against Node doing nothing. */
export async function benchStartup(cli: string, directory: string): Promise<void> {
  const env = { ...process.env, HOME: directory, AGENTWORKS_HOME: join(directory, 'state') };
  const engine = createNodeEngine({ ask: silentAsk, env, version: 'bench' });
  await engine.database.write((writer) => {
    for (let index = 0; index < 100; index++) insertVm(writer, vm(`vm-${String(index).padStart(3, '0')}`));
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
