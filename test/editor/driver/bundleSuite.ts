import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { root, suiteDirectory } from './places.ts';

/** One CommonJS file per file of the suite, since mocha wants to load each; VS Code calls `run` of `index.cjs`. */
export async function bundleSuite(): Promise<void> {
  const source = join(root, 'test', 'editor', 'suite');
  const tests = (await readdir(source)).filter((name) => name.endsWith('.test.ts'));
  await rm(suiteDirectory, { recursive: true, force: true });
  await build({
    entryPoints: ['index.ts', ...tests].map((name) => join(source, name)),
    outdir: suiteDirectory,
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
