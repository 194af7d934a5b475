import { join } from 'node:path';
import { root } from './setup.mjs';

/** A TypeScript program of the tests as one file that Node runs; returns its path. To be called when dependencies are there. */
export async function bundleProgram(entry, name) {
  // Not before: a fresh clone has no esbuild until its dependencies are installed.
  const { build } = await import('esbuild');
  const outfile = join(root, 'node_modules', `.${name}.mjs`);
  await build({
    entryPoints: [join(root, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
    loader: { '.toml': 'text' },
  });
  return outfile;
}
