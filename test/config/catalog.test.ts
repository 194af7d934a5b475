import { describe, expect, test } from 'vitest';
import { builtInCatalog, builtInFile, catalogKinds } from '../../src/core/config/catalog/catalog.ts';
import { catalogEntries } from '../../src/core/config/catalog/view.ts';
import { checkBound } from '../../src/core/config/check/index.ts';
import { brief, problemsOf, storeOf } from './load.ts';

const catalog = builtInCatalog();
const testOf = (name: string) =>
  (catalog.userInstallCommands.get(name) ?? catalog.systemInstallCommands.get(name))?.test;

describe('the built-in catalog', () => {
  test('breaks no rule of its own', () => {
    const file = builtInFile();
    checkBound(file);
    // It has no operator, and its entries are for templates of operators.
    expect(file.problems.list.filter(({ code }) => code !== 'no-keys' && code !== 'unused-entry')).toEqual([]);
    expect(catalogKinds.map((kind) => file.collections.get(kind)?.size)).toEqual([4, 4, 1, 7]);
  });

  test('has the entries that other configurations name', () => {
    const source = catalog.aptSources.get('github-cli');
    expect(source).toMatchObject({ sourceFile: 'github-cli.list', keyDearmor: false });
    expect(source?.keyUrl).toMatch(/^https:\/\//);
    expect(source?.keyPath).toMatch(/^\/etc\/apt\/keyrings\//);
    expect(source?.source).toContain('{arch}');
    expect(catalog.aptPackages.get('gh')).toMatchObject({ apt: ['gh'], aptSources: ['github-cli'] });
    expect(testOf('az-cli')).toEqual({ kind: 'exec', value: 'az' });
    expect(testOf('bun')).toEqual({ kind: 'exec', value: 'bun' });
    expect(testOf('fnm')).toEqual({ kind: 'exec', value: 'fnm' });
    expect(testOf('claude')).toEqual({ kind: 'exec', value: 'claude' });
    expect(testOf('oh-my-zsh')).toEqual({ kind: 'dir', value: '~/.oh-my-zsh' });
    expect(testOf('nvm')).toEqual({ kind: 'file', value: '~/.nvm/nvm.sh' });
  });

  test('declares where its tools land, so that they are found without rc files', () => {
    for (const name of ['bun', 'fnm', 'uv', 'claude', 'starship']) {
      expect(catalog.userInstallCommands.get(name)?.path, name).toHaveLength(1);
    }
  });

  test('every source that a package names exists', () => {
    for (const { aptSources } of catalog.aptPackages.values()) {
      for (const name of aptSources) expect(catalog.aptSources.has(name)).toBe(true);
    }
  });
});

describe("the operator's entries", () => {
  test('replace a built-in one whole and leave the others', async () => {
    const config = await storeOf('[user_install_commands.claude]\ncommand = "mine"\n').load();
    expect(config.catalog.userInstallCommands.get('claude')).toEqual({
      name: 'claude',
      description: '',
      command: 'mine',
      path: [],
      test: undefined,
    });
    expect(config.catalog.userInstallCommands.has('bun')).toBe(true);
    expect(brief(config.problems)).toContain('warning catalog-override user_install_commands.claude');
  });

  test('may redefine a source that a built-in package uses', async () => {
    const text =
      '[apt_sources.github-cli]\nkey_url = "https://mirror.example.net/k"\nkey_path = "/etc/apt/keyrings/k.gpg"\nsource = "deb https://mirror.example.net stable main"\nsource_file = "k.list"\n';
    const { catalog: merged } = await storeOf(text).load();
    expect(merged.aptSources.get('github-cli')?.sourceFile).toBe('k.list');
    expect(await problemsOf(text)).toEqual([]);
  });

  test('are marked, with who uses them', async () => {
    const store = storeOf(
      '[user_install_commands.claude]\ncommand = "x"\ntest_exec = "x"\npath = ["~/x"]\n[apt_packages.own]\napt = ["own"]\n' +
        '[vm_templates.a]\napt_packages = ["own", "gh"]\n[vm_templates.b]\ninherits = ["a"]\napt_packages = ["!gh"]\n' +
        '[admin.config]\nuser_install_commands = ["claude"]\n',
    );
    const entries = catalogEntries((await store.load()).catalog, await store.catalogUse());
    const find = (name: string) => entries.find((entry) => entry.name === name);
    expect(find('claude')).toMatchObject({
      source: 'custom',
      isOverride: true,
      usedBy: ['admin.config'],
      isUnpinned: false,
    });
    expect(find('claude')?.replaces).toMatchObject({ test: { kind: 'exec', value: 'claude' } });
    expect(find('own')).toMatchObject({
      source: 'custom',
      isOverride: false,
      usedBy: ['vm_templates.a', 'vm_templates.b'],
    });
    expect(find('gh')).toMatchObject({ source: 'built-in', usedBy: ['vm_templates.a'] });
    expect(find('bun')).toMatchObject({ isUnpinned: true });
    expect(find('nvm')).toMatchObject({ isUnpinned: false });
  });

  test('blank tests count as none', async () => {
    const { catalog: merged } = await storeOf(
      '[user_install_commands.x]\ncommand = "x"\ntest_exec = " "\ntest_file = " ~/x "\n',
    ).load();
    expect(merged.userInstallCommands.get('x')?.test).toEqual({ kind: 'file', value: '~/x' });
  });
});
