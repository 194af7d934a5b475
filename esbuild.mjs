import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { build } from 'esbuild';
import { chunksName, packChunks } from './scripts/pack.mjs';

const require = createRequire(import.meta.url);
const { version } = JSON.parse(await readFile(new URL('./package.json', import.meta.url), 'utf8'));

/**
 * What ships has no native code and no loose files: ssh2 falls back to JavaScript when its optional
 * addons are missing, and SQLite's WebAssembly travels inside the bundle.
 */
const selfContained = {
  name: 'self-contained',
  setup(build) {
    build.onResolve({ filter: /(\.node|cpu-features)$/ }, (args) => ({ path: args.path, namespace: 'absent' }));
    build.onLoad({ filter: /.*/, namespace: 'absent' }, (args) => ({
      contents: `throw new Error(${JSON.stringify(`${args.path} is not part of this build`)});`,
    }));
    // Node takes milliseconds of each start to load these; most starts never call what is imported from them.
    build.onResolve({ filter: /^(node:)?(crypto|child_process|zlib)$/ }, ({ path, namespace }) =>
      namespace === 'at-use' ? undefined : { path: path.replace(/^node:/, ''), namespace: 'at-use' },
    );
    build.onLoad({ filter: /.*/, namespace: 'at-use' }, ({ path }) => ({
      contents: `for (const name of ${JSON.stringify(Object.keys(require(path)))}) {
        Object.defineProperty(exports, name, { enumerable: true, get: () => require('node:${path}')[name] });
      }`,
    }));
    build.onLoad({ filter: /src[\\/]core[\\/]store[\\/]wasm\.ts$/ }, async () => {
      const wasm = deflateRawSync(await readFile(require.resolve('sql.js/dist/sql-wasm.wasm')), { level: 9 });
      return {
        contents: `import { inflateRawSync } from 'node:zlib';
          export const loadWasm = async () => inflateRawSync(Buffer.from('${wasm.toString('base64')}', 'base64'));`,
        loader: 'ts',
      };
    });
  },
};

const common = {
  outdir: 'dist',
  write: false,
  metafile: true,
  bundle: true,
  platform: 'node',
  target: 'node20',
  minify: true,
  legalComments: 'none',
  external: ['vscode'],
  logLevel: 'warning',
};
const built = await build({
  ...common,
  entryPoints: { agentworks: 'src/programs/agentworks.ts', features: 'src/extension/compose.ts' },
  splitting: true,
  format: 'esm',
  keepNames: true,
  loader: { '.toml': 'text' },
  define: { __VERSION__: JSON.stringify(version), 'import.meta.url': '__fileUrl' },
  plugins: [selfContained],
});
/**
 * A window waits for these, so each has only what it uses. What the front shares with the features is there twice, so it must
 * not be more than names (`test/rules/boundaries.test.ts`).
 */
const elsewhere = { '../extension/activate.ts': './front.cjs', './compose.ts': './features.js' };
const entries = await build({
  ...common,
  entryPoints: { extension: 'src/programs/extension.ts', front: 'src/extension/activate.ts' },
  format: 'cjs',
  supported: { 'dynamic-import': false },
  plugins: [
    {
      name: 'elsewhere',
      setup(build) {
        build.onResolve({ filter: /^\.\.?\// }, ({ path }) =>
          path in elsewhere ? { path: elsewhere[path], external: true } : undefined,
        );
      },
    },
  ],
});
const entry = Object.fromEntries(entries.outputFiles.map(({ path, text }) => [basename(path, '.js'), text]));
await mkdir('dist', { recursive: true });
const { chunks, programs } = await packChunks(built, 'agentworks', { front: entry.front }, [
  ['src/cli/main.ts'],
  ['src/cli/main.ts', 'src/cli/runVerb.ts', 'src/node/createEngine.ts'],
  ['src/core/store/open.ts', 'node_modules/sql.js/dist/sql-wasm.js'],
  ['src/programs/languageServer.ts'],
  ['src/extension/compose.ts'],
]);
/** Programs that run meanwhile see the old file or the new one, whole. */
async function put(name, text, mode) {
  const temporary = `dist/.${name}.${process.pid}`;
  await writeFile(temporary, text, { mode });
  await rename(temporary, `dist/${name}`);
}
await put(chunksName, chunks, 0o644);
await put('agentworks.cjs', `#!/usr/bin/env node\n${programs.agentworks}`, 0o755);
await put('front.cjs', programs.front, 0o644);
await put('extension.cjs', entry.extension, 0o644);
// For licences, and to say what each part weighs.
await put(
  'meta.json',
  JSON.stringify({
    inputs: { ...built.metafile.inputs, ...entries.metafile.inputs },
    outputs: { ...built.metafile.outputs, ...entries.metafile.outputs },
  }),
  0o644,
);
