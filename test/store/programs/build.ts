import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Bundles one of these programs so that plain Node runs it; beside the tests, so that it finds node_modules. */
export async function buildProgram(name: string): Promise<{ path: string; remove(): Promise<void> }> {
  const cache = fileURLToPath(new URL('../../../node_modules/.cache/', import.meta.url));
  const { mkdir } = await import('node:fs/promises');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'store-'));
  const path = join(folder, `${name}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(`./${name}.ts`, import.meta.url))],
    outfile: path,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  return { path, remove: async () => rm(folder, { recursive: true, force: true }) };
}
