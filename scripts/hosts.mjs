// Entry to the light test hosts; the work is done in test/hosts/cli.ts, bundled on the fly since Node 20 runs no TypeScript.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const directory = await mkdtemp(join(tmpdir(), 'agentworks-hosts-'));
const outfile = join(directory, 'cli.mjs');
await build({
  entryPoints: [fileURLToPath(new URL('../test/hosts/cli.ts', import.meta.url))],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  logLevel: 'error',
});
const { main } = await import(pathToFileURL(outfile).href);
await rm(directory, { recursive: true, force: true });
process.exitCode = await main(process.argv.slice(2));
