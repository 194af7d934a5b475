import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { root, runDirectory } from '../editor/driver/places.ts';
import { run } from '../hosts/exec.ts';
import { heading } from './measure.ts';

const goalBytes = 2 * 1024 * 1024;
const kilobytes = (bytes: number): string => `${Math.round(bytes / 1024)} KB`;

interface Metafile {
  outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }>;
}

/** What a source belongs to: a package, or a folder of ours. */
function partOf(path: string): string {
  const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(path) ?? [];
  return name ?? path.split('/').slice(0, 3).join('/').replace(/^.*:/, '');
}

/** How large the vsix is, and what in it is how large. */
export async function benchSize(): Promise<void> {
  const name = (await readdir(runDirectory())).find((one) => one.endsWith('.vsix')) ?? '';
  const vsix = join(runDirectory(), name);
  const { stdout } = await run('unzip', ['-lv', vsix]);
  const files = stdout.split('\n').flatMap((text) => {
    const [, compressed, path] = /^\s*\d+\s+\S+\s+(\d+)\s+\d+%\s+\S+\s+\S+\s+\S+\s+(.+)$/.exec(text) ?? [];
    return path === undefined ? [] : [{ path, bytes: Number(compressed) }];
  });
  const isPicture = (path: string): boolean => /\.(png|svg|gif|jpe?g)$/.test(path);
  const total = (await stat(vsix)).size;
  const pictures = files.filter(({ path }) => isPicture(path)).reduce((sum, { bytes }) => sum + bytes, 0);
  const plain = total - pictures;
  heading('The vsix');
  console.log(`  ${'all of it'.padEnd(50)} ${kilobytes(total).padStart(9)}`);
  const verdict = plain <= goalBytes ? '' : '  MISSED';
  console.log(
    `  ${'without pictures'.padEnd(50)} ${kilobytes(plain).padStart(9)}  goal ≤ ${kilobytes(goalBytes)}${verdict}`,
  );
  for (const { path, bytes } of [...files].sort((a, b) => b.bytes - a.bytes).slice(0, 8))
    console.log(`    ${path.padEnd(48)} ${kilobytes(bytes).padStart(9)}`);
  const meta = JSON.parse(await readFile(join(root, 'dist', 'meta.json'), 'utf8')) as Metafile;
  const parts = new Map<string, number>();
  for (const { inputs } of Object.values(meta.outputs))
    for (const [path, { bytesInOutput }] of Object.entries(inputs))
      parts.set(partOf(path), (parts.get(partOf(path)) ?? 0) + bytesInOutput);
  const all = [...parts.values()].reduce((sum, bytes) => sum + bytes, 0);
  console.log('  Programs by part, before compression:');
  for (const [part, bytes] of [...parts].sort((a, b) => b[1] - a[1]).slice(0, 20)) {
    const share = `${((bytes / all) * 100).toFixed(1)} %`;
    console.log(`    ${part.padEnd(48)} ${kilobytes(bytes).padStart(9)} ${share.padStart(8)}`);
  }
}
