import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root, suiteDirectory } from './places.ts';

/** For the extension host: each entry becomes a CommonJS file of its own. */
export async function bundleForHost(entryPoints: readonly string[], outdir: string): Promise<void> {
  await rm(outdir, { recursive: true, force: true });
  await build({
    entryPoints: [...entryPoints],
    outdir,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['vscode', 'mocha'],
    loader: { '.toml': 'text' },
    sourcemap: 'inline',
    logLevel: 'error',
  });
}

/** One file per file of the suite, since mocha wants to load each; VS Code calls `run` of `index.cjs`. */
export async function bundleSuite(): Promise<void> {
  const source = join(root, 'test', 'editor', 'suite');
  const tests = (await readdir(source)).filter((name) => name.endsWith('.test.ts'));
  await bundleForHost(
    ['index.ts', ...tests].map((name) => join(source, name)),
    suiteDirectory,
  );
}
