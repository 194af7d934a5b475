import { describe, expect, it } from 'vitest';
import type { Config, VmTemplate } from '../../src/core/config/model.ts';
import { compile } from '../../src/core/remote/compile.ts';
import { initRecipe } from '../../src/core/vm/initRecipe.ts';
import type { Vm } from '../../src/core/vm/model.ts';
import { admin, config, noFiles, template, vm } from './fixtures.ts';

const key = 'ssh-ed25519 AAAA operator';

const recipeFor = (given: {
  vm?: Vm;
  config?: Config;
  template?: VmTemplate;
  tokens?: Record<string, string>;
  hostChanges?: boolean;
}) =>
  initRecipe({
    engine: { files: noFiles },
    vm: given.vm ?? vm({ platform: 'lima' }),
    config: given.config ?? config(),
    template: given.template ?? template(),
    keys: [key],
    tokens: given.tokens ?? {},
    hostChanges: given.hostChanges ?? true,
  });

const base = ['base-packages', 'folders', 'id-counter', 'workspaces-folder', 'authorized-keys'];
const hostWide = ['hidepid', 'nosuid', 'sshd', 'sudo-use-pty', 'cron-allow', 'admin-home'];
const account = ['login-shell', 'git-credentials', 'git-identity', 'profile-fragments', 'profile', 'mise-config'];

const rich = config({
  admin: admin({
    gitCredentials: ['github', 'azdo-main'],
    userInstallCommands: ['claude'],
    misePackages: ['node@22'],
    dotfilesSource: 'git::https://example.invalid/dotfiles.git?ref=main',
    claudePlugins: ['x'],
  }),
  gitCredentials: new Map([
    ['github', { name: 'github', type: 'github', description: undefined }],
    ['azdo-main', { name: 'azdo-main', type: 'azdo', org: 'acme', description: undefined }],
  ]),
  catalog: {
    aptSources: new Map([
      [
        'github-cli',
        {
          name: 'github-cli',
          description: '',
          keyUrl: 'https://example.invalid/key',
          keyPath: '/etc/apt/keyrings/gh.gpg',
          source: 'deb [arch={arch}] https://example.invalid stable main',
          sourceFile: 'github-cli.list',
          keyDearmor: false,
        },
      ],
    ]),
    aptPackages: new Map([['gh', { name: 'gh', description: '', apt: ['gh'], aptSources: ['github-cli'] }]]),
    systemInstallCommands: new Map([
      [
        'az-cli',
        {
          name: 'az-cli',
          description: '',
          command: 'true',
          path: ['/opt/az/bin'],
          test: { kind: 'exec', value: 'az' },
        },
      ],
    ]),
    userInstallCommands: new Map([
      [
        'claude',
        {
          name: 'claude',
          description: '',
          command: 'true',
          path: ['~/.local/bin'],
          test: { kind: 'exec', value: 'claude' },
        },
      ],
    ]),
  },
});

describe('what initialization consists of', () => {
  it('a default configuration', async () => {
    const { recipe, warnings } = await recipeFor({});
    expect(recipe.steps.map((step) => step.id)).toEqual([
      ...base,
      ...hostWide,
      'disk-reserve',
      'swap',
      'mise',
      ...account,
    ]);
    expect(warnings).toEqual([]);
  });

  it('everything selected, in the order that lets later steps use earlier ones', async () => {
    const { recipe, warnings } = await recipeFor({
      config: rich,
      template: template({ apt: ['ripgrep'], aptPackages: ['gh'], systemInstallCommands: ['az-cli'], snap: ['foo'] }),
      tokens: { github: 'ghp_1' },
    });
    expect(recipe.steps.map((step) => step.id)).toEqual([
      ...base,
      ...hostWide,
      ...['disk-reserve', 'swap', 'download-packages', 'apt-source-github-cli', 'apt-update', 'apt-packages', 'mise'],
      'system-install-az-cli',
      ...['login-shell', 'git-credentials', 'dotfiles', 'git-identity', 'profile-fragments', 'profile'],
      ...['mise-config', 'mise-install', 'user-install-claude', 'profile-again'],
    ]);
    expect(warnings).toHaveLength(2);
    expect(warnings.every((text) => /later version/.test(text))).toBe(true);
  });

  it('an adopted host whose owner refused host-wide changes', async () => {
    const { recipe } = await recipeFor({ vm: vm({ platform: 'ssh', origin: 'adopted' }), hostChanges: false });
    expect(recipe.steps.map((step) => step.id)).toEqual([...base, 'mise', ...account]);
  });

  it('mise = false leaves its repository out', async () => {
    const { recipe } = await recipeFor({ template: template({ mise: false }) });
    expect(recipe.steps.map((step) => step.id)).not.toContain('mise');
  });

  it('compiles: ids, needs and secrets fit together', async () => {
    const { recipe } = await recipeFor({
      config: rich,
      template: template({ aptPackages: ['gh'] }),
      tokens: { github: 'ghp_canary', 'azdo-main': 'p@t/1' },
    });
    const { script } = compile(recipe, 'agentworks', 'plan');
    expect(Buffer.from(script).toString()).not.toContain('ghp_canary');
    expect(recipe.secrets?.GIT_AZDO_MAIN).toBe('https://acme:p%40t%2F1@dev.azure.com/acme\n');
    expect(JSON.stringify(recipe.subject)).not.toContain('canary');
  });
});

describe('what is refused before anything is made', () => {
  it('unknown catalog entries', async () => {
    await expect(recipeFor({ template: template({ aptPackages: ['nope'] }) })).rejects.toMatchObject({
      code: 'config',
    });
    await expect(recipeFor({ template: template({ systemInstallCommands: ['nope'] }) })).rejects.toThrow(
      "vm_templates.default.system_install_commands references unknown entry 'nope'",
    );
    await expect(recipeFor({ config: config({ admin: admin({ userInstallCommands: ['nope'] }) }) })).rejects.toThrow(
      'admin.config.user_install_commands',
    );
  });

  it.each(['relative/x', '/home/me/w', '/opt/../etc/w', '/opt//w', '/opt/w/', '/opt/a b', '/'])(
    'a workspaces folder %s',
    async (vmWorkspaces) => {
      const broken = config({ paths: { ...config().paths, vmWorkspaces } });
      await expect(recipeFor({ config: broken })).rejects.toMatchObject({ code: 'config' });
    },
  );

  it('a missing dotfiles folder and a missing lockfile', async () => {
    await expect(recipeFor({ config: config({ admin: admin({ dotfilesSource: '/nowhere' }) }) })).rejects.toThrow(
      '/nowhere does not exist',
    );
    await expect(
      recipeFor({ config: config({ admin: admin({ miseLockfile: '/nowhere/mise.lock' }) }) }),
    ).rejects.toThrow('/nowhere/mise.lock does not exist');
  });
});
