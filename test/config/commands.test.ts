import { describe, expect, test } from 'vitest';
import type { Command, CommandIo, ParamValues } from '../../src/core/commands/command.ts';
import { configCommands } from '../../src/core/commands/config/index.ts';
import { installerCommands } from '../../src/core/commands/installer/index.ts';
import type { Output } from '../../src/core/commands/output.ts';
import { templateCommands } from '../../src/core/commands/template/index.ts';
import { sampleConfig } from '../../src/core/config/sample.ts';
import { createConfigStore } from '../../src/core/config/store.ts';
import type { Engine } from '../../src/core/engine.ts';
import type { EngineEvent } from '../../src/core/events.ts';
import { configPath, homeFiles } from './load.ts';
import { memoryFiles } from './memoryFiles.ts';

const all: readonly Command[] = [...configCommands, ...templateCommands, ...installerCommands];

/** The parts of an engine that these verbs use, over a disk in memory. `edit` is what the editor does. */
function world(
  text: string | undefined,
  env: Record<string, string> = {},
  edit?: (files: Map<string, string>) => void,
) {
  const files = memoryFiles({ ...homeFiles, ...(text === undefined ? {} : { [configPath]: text }) });
  const started: string[][] = [];
  const events: EngineEvent[] = [];
  const engine = {
    config: createConfigStore({ path: configPath, files, cwd: '/project' }),
    files,
    clock: { now: () => Date.UTC(2026, 0, 2, 3, 4, 5), sleep: async () => {} },
    process: {
      platform: 'linux',
      env,
      find: async (program: string) => (program === 'nano' ? '/usr/bin/nano' : undefined),
      runInteractive: async (program: string, args: readonly string[]) => {
        started.push([program, ...args]);
        edit?.(files.contents);
        return 3;
      },
    },
  } as unknown as Engine;
  const io: CommandIo = {
    signal: new AbortController().signal,
    report: (event) => events.push(event),
    streams: undefined,
    isJson: false,
  };
  const run = (id: string, params: ParamValues = {}): Promise<Output> => {
    const command = all.find((candidate) => candidate.id === id);
    if (command === undefined) throw new Error(`no ${id}`);
    return command.run(engine, params, io);
  };
  return { run, files, started, events };
}

const dataOf = (output: Output): unknown => output.data;

describe('config init', () => {
  test('writes the sample, once', async () => {
    const { run, files } = world(undefined);
    expect(dataOf(await run('config.init'))).toMatchObject({ path: configPath, created: true });
    expect(files.contents.get(configPath)).toBe(sampleConfig());
    files.contents.set(configPath, 'mine');
    expect(dataOf(await run('config.init'))).toMatchObject({ created: false });
    expect(files.contents.get(configPath)).toBe('mine');
  });

  test('--force keeps the old file beside the new one, each time', async () => {
    const { run, files } = world('mine');
    expect(dataOf(await run('config.init', { force: true }))).toMatchObject({
      backup: `${configPath}.20260102T030405Z.bak`,
    });
    expect(files.contents.get(`${configPath}.20260102T030405Z.bak`)).toBe('mine');
    await run('config.init', { force: true });
    expect(files.contents.get(`${configPath}.20260102T030405Z.bak`)).toBe('mine');
    expect(files.contents.get(`${configPath}.20260102T030405Z.bak.2`)).toBe(sampleConfig());
  });
});

describe('config edit', () => {
  test('splits the editor, passes its exit code on, and checks what was saved', async () => {
    const save = (files: Map<string, string>) => files.set(configPath, '[defaults]\nplatform = "vmware"\n');
    const { run, started, events } = world('', { EDITOR: 'code --wait', VISUAL: 'x' }, save);
    expect(await run('config.edit')).toEqual({ type: 'exit', code: 3 });
    expect(started).toEqual([['code', '--wait', configPath]]);
    expect(events).toEqual([
      { type: 'warning', text: expect.stringContaining(`${configPath}:2:12: defaults.platform`) },
      {
        type: 'warning',
        text: expect.stringContaining('There is an error'),
        hint: expect.stringContaining('config edit'),
      },
    ]);
  });

  test('takes VISUAL, else an editor that is there', async () => {
    const visual = world('', { EDITOR: ' ', VISUAL: 'vim' });
    await visual.run('config.edit');
    const none = world('');
    await none.run('config.edit');
    expect([visual.started[0]?.[0], none.started[0]?.[0]]).toEqual(['vim', 'nano']);
  });

  test('needs a file', async () => {
    await expect(world(undefined).run('config.edit')).rejects.toMatchObject({
      code: 'config',
      hint: expect.stringContaining('config init'),
    });
  });
});

describe('config check', () => {
  test('exits with 1 on errors and 0 on warnings', async () => {
    const bad = await world('[defaults]\nplatform = 1\nx = 2\n').run('config.check', { format: 'json' });
    expect(bad).toMatchObject({ exitCode: 1, data: { errors: 1, warnings: 2 } });
    const good = await world('x = 1\n').run('config.check');
    expect(good).toMatchObject({ type: 'record', exitCode: 0, data: { errors: 0, warnings: 1 } });
    expect(await world(undefined).run('config.check')).toMatchObject({ exitCode: 1, data: { errors: 1 } });
  });

  test('speaks SARIF', async () => {
    const output = await world('x = 1\n').run('config.check', { format: 'sarif' });
    if (output.type !== 'text') throw new Error(output.type);
    const { version, runs } = JSON.parse(output.text);
    expect(version).toBe('2.1.0');
    expect(runs[0].results[0]).toMatchObject({
      ruleId: 'unknown-key',
      level: 'warning',
      locations: [{ physicalLocation: { region: { startLine: 1, startColumn: 1, endLine: 1, endColumn: 2 } } }],
    });
  });
});

test('config check names the other end in SARIF', async () => {
  const output = await world('[vm_templates.a]\ncpus = 2\n[vm_templates.b]\ninherits = ["a"]\ncpus = 2\n').run(
    'config.check',
    {
      format: 'sarif',
    },
  );
  if (output.type !== 'text') throw new Error(output.type);
  const results = JSON.parse(output.text).runs[0].results as { ruleId: string }[];
  expect(results.find(({ ruleId }) => ruleId === 'repeats-inherited')).toMatchObject({
    relatedLocations: [
      {
        id: 0,
        message: { text: "Inherited from 'a'" },
        physicalLocation: { region: { startLine: 2, startColumn: 1 } },
      },
    ],
  });
});

describe('config show', () => {
  const text = '[paths]\nbackups = "~/b"\n[vm_templates.a]\n';

  test('gives each value with its origin', async () => {
    const output = await world(text).run('config.show', { section: 'paths' });
    expect(dataOf(output)).toMatchObject({
      sections: {
        paths: {
          backups: { value: '/home/operator/b', origin: { from: 'file', path: configPath, line: 2, column: 1 } },
          vm_workspaces: { value: '/opt/agentworks/workspaces', origin: { from: 'default' } },
        },
      },
    });
  });

  test('has every key in its data, unset ones as null', async () => {
    const data = dataOf(await world(text).run('config.show', { section: 'defaults' }));
    expect(data).toMatchObject({ sections: { defaults: { platform: { value: null, origin: { from: 'default' } } } } });
  });

  test('leaves out sections that mean nothing while they are absent', async () => {
    const data = dataOf(await world(text).run('config.show')) as { sections: object; names: object };
    expect(Object.keys(data.sections)).toEqual([
      'operator',
      'paths',
      'defaults',
      'qemu',
      'ssh',
      'admin.config',
      'session.config',
      'salvage',
    ]);
    expect(data.names).toMatchObject({ vm: ['a'] });
  });

  test('says which sections there are', async () => {
    await expect(world(text).run('config.show', { section: 'path' })).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('templates', () => {
  const text = '[vm_templates.a]\ncpus = 2\napt = ["jq"]\n[vm_templates.b]\ninherits = ["a"]\napt = ["git"]\n';

  test('are shown with what they inherit', async () => {
    const output = await world(text).run('template.show', { kind: 'vm', name: 'b' });
    expect(dataOf(output)).toMatchObject({
      values: { cpus: { value: 2, origin: { from: 'template', template: 'a' } }, apt: { value: ['jq', 'git'] } },
    });
    if (output.type !== 'record') throw new Error(output.type);
    const [section] = output.sections;
    const rows = section !== undefined && 'rows' in section ? section.rows : [];
    expect(rows.filter((row) => row.key === '').map((row) => [row.value, row.origin])).toEqual([
      ['  jq', 'a, line 3'],
      ['  git', 'line 6'],
    ]);
  });

  test('are listed, the built-in default too', async () => {
    expect(dataOf(await world(text).run('template.list', { kind: 'vm' }))).toEqual([
      { kind: 'vm', name: 'default', inherits: [], isBuiltIn: true, errors: 0 },
      { kind: 'vm', name: 'a', inherits: [], isBuiltIn: false, errors: 0 },
      { kind: 'vm', name: 'b', inherits: ['a'], isBuiltIn: false, errors: 0 },
    ]);
  });
});

describe('installers', () => {
  const text = '[user_install_commands.gh]\ncommand = "x"\ntest_exec = "gh"\n';

  test('are listed by kind, then name, without a file too', async () => {
    const rows = dataOf(await world(undefined).run('installer.list')) as { type: string; name: string }[];
    expect(rows).toHaveLength(16);
    expect(rows.slice(0, 5).map(({ type, name }) => `${type} ${name}`)).toEqual([
      'apt-source github-cli',
      'apt-source hashicorp',
      'apt-source nodesource-v22',
      'apt-source tofuutils-tenv',
      'apt-package gh',
    ]);
  });

  test.each(['custom', 'user'])('--source %s is what the file adds', async (source) => {
    expect(dataOf(await world(text).run('installer.list', { source }))).toMatchObject([
      { name: 'gh', source: 'custom' },
    ]);
  });

  test('of all kinds with a name are described', async () => {
    const { run } = world(text);
    expect(dataOf(await run('installer.describe', { name: 'gh' }))).toMatchObject([
      { type: 'apt-package', source: 'built-in', apt: ['gh'] },
      { type: 'user-install-cmd', source: 'custom', command: 'x' },
    ]);
    expect(dataOf(await run('installer.describe', { name: 'gh', type: 'apt-package' }))).toHaveLength(1);
    await expect(run('installer.describe', { name: 'clade' })).rejects.toMatchObject({
      code: 'not-found',
      hint: "Did you mean 'claude'?",
    });
  });
});
