import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** A TypeScript module of ours, loaded: generators read the command table and the schema. */
export async function fromSource(path) {
  const folder = await mkdtemp(join(tmpdir(), 'agentworks-source-'));
  try {
    const outfile = join(folder, 'module.mjs');
    await build({
      entryPoints: [path],
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
            b.onResolve({ filter: /.*/ }, ({ kind, path: to }) =>
              kind === 'dynamic-import' ? { path: to, external: true } : undefined,
            ),
        },
      ],
      logLevel: 'warning',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
