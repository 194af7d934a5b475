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

const rounds = 9;

/** An extension that does nothing, activated like ours: when it is asked for. */
async function emptyExtension(directory: string): Promise<string> {
  const folder = join(directory, 'empty');
  await mkdir(folder, { recursive: true });
  const manifest = {
    ...{ name: 'empty', publisher: 'bench', version: '1.0.0', engines: { vscode: '^1.105.0' }, main: './main.cjs' },
    ...{ extensionKind: ['ui', 'workspace'], activationEvents: ['onCommand:bench.never'] },
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'main.cjs'), 'exports.activate = () => {};\n');
  return folder;
}

/** The packed extension, which waits to be asked instead of starting with the window. */
async function waitingExtension(directory: string): Promise<string> {
  const folder = join(directory, 'ours');
  await cp(await installedExtension(), folder, { recursive: true });
  const path = join(folder, 'package.json');
  const manifest = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  await writeFile(path, JSON.stringify({ ...manifest, activationEvents: ['onCommand:bench.never'] }));
  return folder;
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

async function benchActivation(directory: string, entry: string): Promise<void> {
  const candidates = {
    empty: { id: 'bench.empty', folder: await emptyExtension(directory), last: '' },
    // Answered when the features are composed; does nothing itself.
    ours: { id: extensionId, folder: await waitingExtension(directory), last: internalCommands.reveal },
  };
  const results: Record<keyof typeof candidates, ActivationResult[]> = { empty: [], ours: [] };
  for (let round = 0; round < rounds; round++) {
    for (const name of ['empty', 'ours'] as const) {
      const { id, folder, last } = candidates[name];
      const run = join(directory, `${name}${round}`);
      const home = join(run, 'home');
      const opened = join(run, 'project');
      for (const path of [home, opened]) await mkdir(path, { recursive: true });
      const result = join(run, 'result.json');
      const names = { AGENTWORKS_BENCH_EXTENSION: id, AGENTWORKS_BENCH_LAST: last, AGENTWORKS_BENCH_RESULT: result };
      const env = { HOME: home, ...names };
      await runInExtensionHost({ directory: run, folder: opened, env, extension: folder, entry, timeoutMs: 60_000 });
      results[name].push(JSON.parse(await readFile(result, 'utf8')) as ActivationResult);
    }
  }
  const of = (name: keyof typeof results, key: keyof ActivationResult): number =>
    median(results[name].map((one) => one[key]));
  const mb = (name: keyof typeof results, key: 'heapBytes' | 'residentBytes'): number => of(name, key) / 2 ** 20;
  heading(`Extension host (baseline: an empty extension in the same host; medians of ${rounds}, interleaved)`);
  const activation = of('empty', 'activateMs');
  line('load and activate', of('ours', 'activateMs'), activation, { atMost: 1.5 });
  line('until all that follows is there', of('ours', 'wholeMs'), activation, { atMost: 1.5 });
  line(
    'memory after activation',
    mb('ours', 'residentBytes'),
    mb('empty', 'residentBytes'),
    { atMost: 1.1 },
    megabytes,
  );
  line('JavaScript heap', mb('ours', 'heapBytes'), mb('empty', 'heapBytes'), { atMost: 1.2 }, megabytes);
}
