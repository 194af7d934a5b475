import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { root } from './sources.ts';

/** What the language server loads at its start, libraries included; the state file comes later and only when asked for. */
describe('the language server', () => {
  it('is below 400 KB and has no WebAssembly', async () => {
    const { metafile } = await build({
      entryPoints: { server: 'src/server/main.ts' },
      absWorkingDir: root,
      outdir: 'dist',
      write: false,
      metafile: true,
      bundle: true,
      splitting: true,
      minify: true,
      keepNames: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      legalComments: 'none',
      loader: { '.toml': 'text', '.wasm': 'binary' },
      logLevel: 'error',
    });
    const loaded = new Set<string>();
    const load = (path: string): void => {
      if (loaded.has(path)) return;
      loaded.add(path);
      for (const { path: to, kind } of metafile.outputs[path]?.imports ?? []) if (kind === 'import-statement') load(to);
    };
    load('dist/server.js');
    const inputs = [...loaded].flatMap((path) => Object.keys(metafile.outputs[path]?.inputs ?? {}));
    expect(inputs.some((path) => path.includes('vscode-languageserver'))).toBe(true);
    expect(inputs.filter((path) => /sql|wasm|ssh2/.test(path))).toEqual([]);
    // The strict reader is loaded after the first diagnostics, what answers requests with the first of them.
    const later = Object.keys(metafile.outputs).filter((path) =>
      Object.keys(metafile.outputs[path]?.inputs ?? {}).some((input) =>
        /smol-toml|features\/(?:hover|rename)\.ts|virtual\/changes\.ts/.test(input),
      ),
    );
    for (const path of later) load(path);
    expect(later.length).toBeGreaterThan(2);
    const bytes = [...loaded].reduce((sum, path) => sum + (metafile.outputs[path]?.bytes ?? 0), 0);
    expect(bytes).toBeLessThan(400 * 1024);
  });
});
