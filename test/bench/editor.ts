import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { extensionId, internalCommands } from '../../src/extension/ids.ts';
import type { ActivationResult } from '../editor/bench/activation.ts';
import { bundleForHost } from '../editor/driver/bundleSuite.ts';
import { runInExtensionHost } from '../editor/driver/extensionHost.ts';
import { root } from '../editor/driver/places.ts';
import { prepareRun } from '../editor/driver/prepareRun.ts';
import { installedExtension } from '../editor/driver/vsix.ts';
import { heading, line, median, megabytes } from './measure.ts';
import { benchRefresh } from './refresh.ts';
import { benchSize } from './size.ts';

/** Even: each order as often as the other. */
const rounds = 16;

/** An extension that does nothing, activated like ours: when it is asked for. */
async function emptyExtension(folder: string, id: string): Promise<void> {
  const [publisher, name] = id.split('.');
  await mkdir(folder, { recursive: true });
  const manifest = {
    ...{ name, publisher, version: '1.0.0', engines: { vscode: '^1.105.0' }, main: './main.cjs' },
    ...{ extensionKind: ['ui', 'workspace'], activationEvents: ['onCommand:bench.never'] },
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'main.cjs'), 'exports.activate = () => {};\n');
}

/** The packed extension, which waits to be asked instead of starting with the window. */
async function waitingExtension(folder: string): Promise<void> {
  await cp(await installedExtension(), folder, { recursive: true });
  const path = join(folder, 'package.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  await writeFile(path, JSON.stringify({ ...manifest, activationEvents: ['onCommand:bench.never'] }));
}

export async function benchEditor(directory: string): Promise<void> {
  const dispose = await prepareRun();
  try {
    await benchSize();
    const entries = join(root, 'node_modules', '.editor-bench');
    await bundleForHost(
      ['activation.ts', 'refresh.ts'].map((name) => join(root, 'test', 'editor', 'bench', name)),
      entries,
    );
    await benchActivation(directory, join(entries, 'activation.cjs'));
    await benchRefresh(directory, join(entries, 'refresh.cjs'));
  } finally {
    await dispose();
  }
}

/** Both extensions in each host, in turns the first, so that what else a host and its window do hits both. */
async function benchActivation(directory: string, entry: string): Promise<void> {
  const empty = { id: 'bench.empty', last: '' };
  // Answered when the features are composed; does nothing itself.
  const ours = { id: extensionId, last: internalCommands.reveal };
  // VS Code runs what asks as another extension, of which there can be one.
  const extension = join(directory, 'asking');
  await emptyExtension(extension, 'bench.asking');
  // The first activations of a host pay for more than their own. In use, those are of what comes with VS Code.
  const first = Array.from({ length: 12 }, (_, index) => ({ id: `bench.first${index}`, last: '' }));
  const results: ActivationResult[] = [];
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? [empty, ours] : [ours, empty];
    const run = join(directory, `activation${round}`);
    const home = join(run, 'home');
    const folder = join(run, 'project');
    for (const path of [home, folder]) await mkdir(path, { recursive: true });
    for (const { id } of [...first, empty]) await emptyExtension(join(run, 'extensions', `${id}-1.0.0`), id);
    await waitingExtension(join(run, 'extensions', `${ours.id}-1.0.0`));
    const result = join(run, 'result.json');
    const names = {
      AGENTWORKS_BENCH_EXTENSIONS: JSON.stringify([...first, ...order]),
      AGENTWORKS_BENCH_RESULT: result,
    };
    const env = { HOME: home, ...names };
    await runInExtensionHost({ directory: run, folder, env, extension, entry, timeoutMs: 60_000 });
    results.push(JSON.parse(await readFile(result, 'utf8')) as ActivationResult);
  }
  const of = (value: (one: ActivationResult) => number | undefined): number =>
    median(results.map((one) => value(one) ?? Number.NaN));
  const mb = (value: (one: ActivationResult) => number): number => of(value) / 2 ** 20;
  heading(`Extension host (baseline: an empty extension in the same host; medians of ${rounds} hosts)`);
  const activation = of((one) => one.activateMs[empty.id]);
  line(
    'load and activate',
    of((one) => one.activateMs[ours.id]),
    activation,
    { atMost: 1.5 },
  );
  const whole = of((one) => one.wholeMs[ours.id]);
  console.log(`  until all that follows is there    ${Math.round(whole)} ms, which nothing waits for`);
  heading('Memory of the extension host (baseline: the same host before)');
  const goals = { resident: { atMost: 1.1 }, heap: { atMost: 1.2 } };
  line(
    'resident',
    mb((one) => one.after.residentBytes),
    mb((one) => one.before.residentBytes),
    goals.resident,
    megabytes,
  );
  line(
    'JavaScript heap',
    mb((one) => one.after.heapBytes),
    mb((one) => one.before.heapBytes),
    goals.heap,
    megabytes,
  );
}
