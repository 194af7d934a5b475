import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The bundle inlines `.toml` files as text (esbuild's text loader); tests see the same. */
const tomlAsText = {
  name: 'toml-as-text',
  transform: (code: string, id: string) =>
    id.endsWith('.toml') ? `export default ${JSON.stringify(code)};` : undefined,
};

/** One project per test level; `scripts/test.mjs` runs them in order and counts what it must skip. */
export default defineConfig({
  plugins: [tomlAsText],
  // There is no such package outside of VS Code.
  resolve: { alias: { vscode: fileURLToPath(new URL('test/fakes/vscode.ts', import.meta.url)) } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          // Files of `test/editor/suite` run in VS Code's extension host.
          exclude: ['test/**/*.{host,vm,server,editor}.test.ts', 'test/editor/suite/**'],
          // What is sampled in a test run takes its time in a soak.
          testTimeout: process.env.AGENTWORKS_SOAK === '1' ? 3_600_000 : 20_000,
          // Nothing else runs meanwhile; by default a processor would be left idle.
          maxWorkers: '100%',
        },
      },
      {
        extends: true,
        test: {
          name: 'host',
          include: ['test/**/*.host.test.ts'],
          globalSetup: ['test/hosts/globalSetup.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'server',
          include: ['test/**/*.server.test.ts'],
          globalSetup: ['test/server/globalSetup.ts'],
          testTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'editor',
          include: ['test/editor/*.editor.test.ts'],
          globalSetup: ['test/editor/globalSetup.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'vm',
          include: ['test/**/*.vm.test.ts'],
          testTimeout: process.env.AGENTWORKS_SOAK === '1' ? 3_600_000 : 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
