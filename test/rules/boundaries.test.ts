import { describe, expect, it } from 'vitest';
import { filesIn, importsOf, read, target } from './sources.ts';

const sources = filesIn('src', '.ts').map((path) => ({
  path,
  imports: importsOf(read(path)).map(({ specifier, kind }) => ({ to: target(path, specifier), kind })),
}));

const violations = (isInside: (path: string) => boolean, isForbidden: (to: string) => boolean): string[] =>
  sources
    .filter(({ path }) => isInside(path))
    .flatMap(({ path, imports }) =>
      imports.filter(({ to }) => isForbidden(to)).map(({ to }) => `${path} imports ${to}`),
    );

const below =
  (...folders: string[]) =>
  (path: string): boolean =>
    folders.some((folder) => path.startsWith(`src/${folder}/`));
const isPackage =
  (...names: string[]) =>
  (to: string): boolean =>
    names.some((name) => to === name || to.startsWith(`${name}/`));

describe('boundaries', () => {
  it('finds the sources and their imports', () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.find(({ path }) => path === 'src/cli/main.ts')?.imports.some(({ kind }) => kind === 'dynamic')).toBe(
      true,
    );
  });

  it('keeps front ends, their libraries and the Node adapters out of the core', () => {
    const packages = isPackage(
      'vscode',
      'commander',
      '@clack/prompts',
      'string-width',
      'vscode-languageserver',
      'vscode-languageclient',
    );
    const folders = below('cli', 'node', 'server', 'extension');
    expect(violations(below('core'), (to) => packages(to) || folders(to))).toEqual([]);
  });

  it('keeps the front ends apart from each other', () => {
    for (const own of ['cli', 'server', 'extension']) {
      const others = below(...['cli', 'server', 'extension'].filter((name) => name !== own));
      expect(violations(below(own), others)).toEqual([]);
    }
  });

  it('lets the Node adapters know the core only', () => {
    expect(violations(below('node'), below('cli', 'server', 'extension', 'programs'))).toEqual([]);
  });

  it('puts programs together in one place, which nothing imports', () => {
    expect(violations((path) => !below('programs')(path), below('programs'))).toEqual([]);
  });

  it('has vscode in the extension only', () => {
    expect(violations((path) => !below('extension')(path), isPackage('vscode'))).toEqual([]);
  });

  it('loads heavy packages at first use', () => {
    const heavy = isPackage('ssh2', 'sql.js', 'smol-toml', 'ssh-config', '@clack/prompts');
    const early = sources.flatMap(({ path, imports }) =>
      imports.filter(({ to, kind }) => kind === 'value' && heavy(to)).map(({ to }) => `${path} imports ${to}`),
    );
    expect(early).toEqual([]);
  });
});

/** Everything that importing a module evaluates, by static imports of values. */
function loadedBy(entry: string): Set<string> {
  const seen = new Set<string>();
  const queue = [entry];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const source = sources.find((one) => one.path === path);
    queue.push(...(source?.imports.filter(({ kind }) => kind === 'value').map(({ to }) => to) ?? []));
  }
  return seen;
}

describe('start-up', () => {
  it('reads declarations and light helpers only', () => {
    const light = /^src\/core\/(commands\/.*|errors|names|text|logs|[a-z]+\/model)\.ts$/;
    const heavy = [...loadedBy('src/core/commands/table.ts')].filter(
      (path) => !light.test(path) && !path.startsWith('node:'),
    );
    expect(heavy).toEqual([]);
  });

  // The extension's front is a piece of its own (esbuild.mjs): a state of these would be there twice.
  it('is names and handlers for the extension', () => {
    expect([...loadedBy('src/programs/extension.ts')]).toEqual(['src/programs/extension.ts']);
    const known = ['extension/activate', 'extension/front', 'extension/ids', 'core/config/editorProtocol'];
    expect([...loadedBy('src/extension/activate.ts')].sort()).toEqual(
      [...known.map((name) => `src/${name}.ts`), 'vscode'].sort(),
    );
  });

  it('loads no package for help', () => {
    const loaded = ['src/programs/agentworks.ts', 'src/cli/main.ts'].flatMap((entry) => [...loadedBy(entry)]);
    const packages = loaded.filter((path) => !path.startsWith('src/') && !path.startsWith('node:'));
    expect(packages).toEqual([]);
  });
});
