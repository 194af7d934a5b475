import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
const isCheck = process.argv.includes('--check');

/** The generator reads the command table and the configuration schema, which are TypeScript. */
async function references() {
  const folder = await mkdtemp(join(tmpdir(), 'agentworks-docs-'));
  try {
    const outfile = join(folder, 'docs.mjs');
    await build({
      entryPoints: [join(root, 'scripts', 'docs', 'references.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      loader: { '.toml': 'text' },
      // Verbs are loaded when they run, and none runs here.
      plugins: [
        {
          name: 'declarations',
          setup: (b) =>
            b.onResolve({ filter: /.*/ }, ({ kind, path }) =>
              kind === 'dynamic-import' ? { path, external: true } : undefined,
            ),
        },
      ],
      logLevel: 'warning',
    });
    return (await import(pathToFileURL(outfile).href)).references();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

let stale = 0;
for (const [name, text] of Object.entries(await references())) {
  const path = join(root, 'docs', 'reference', name);
  const before = await readFile(path, 'utf8').catch(() => undefined);
  if (before === text) continue;
  if (isCheck) {
    stale++;
    console.error(`docs/reference/${name} is not what the code says; run 'npm run docs'.`);
  } else {
    await writeFile(path, text);
    console.log(`docs/reference/${name} written`);
  }
}
process.exitCode = stale > 0 ? 1 : 0;
