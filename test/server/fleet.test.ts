import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CodeLens } from 'vscode-languageserver';
import { createRecipe, reinitRecipe } from '../../src/core/agent/recipe.ts';
import { showUsersCommand } from '../../src/core/config/editorProtocol.ts';
import { createConfigStore } from '../../src/core/config/store.ts';
import type { Engine } from '../../src/core/engine.ts';
import type { Files } from '../../src/core/ports/files.ts';
import type { Applied } from '../../src/core/store/applied.ts';
import type { Database } from '../../src/core/store/database.ts';
import { insertVmHost } from '../../src/core/store/vmHosts.ts';
import { changesBetween } from '../../src/core/vm/changes.ts';
import { initRecipe } from '../../src/core/vm/initRecipe.ts';
import { deleteVm } from '../../src/core/vm/rows.ts';
import { createNodeFiles } from '../../src/node/nodeFiles.ts';
import { type Client, clientOf } from '../../src/server/client.ts';
import { Documents } from '../../src/server/documents.ts';
import { codeLenses, resolvedLens } from '../../src/server/features/codeLens.ts';
import { runCommand } from '../../src/server/features/commands.ts';
import { type Fleet, fleetOf } from '../../src/server/fleet.ts';
import { freshnessOf, resolvedToday } from '../../src/server/today.ts';
import { changesText } from '../../src/server/virtual/changes.ts';
import { parseVirtualUri, virtualUri } from '../../src/server/virtual/uris.ts';
import { at, vm } from '../store/samples.ts';
import { base, clientLike, documentOf, fixture, goldenFile, uri } from './caret.ts';
import { configPath, openState, user, writeFleet } from './state.ts';

// The fixture has a misspelt key and an unknown entry; a machine is made from one without.
const text = fixture('team.toml').replace('user_instal_commands = []\n', '').replace(', "gone"', '');
const path = documentOf('').file.path;
let home = '';
let database: Database;
let fleet: Fleet;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'agentworks-fleet-'));
  database = openState(home);
  await writeFleet(database, text);
  fleet = fleetOf(database, path, createNodeFiles(home));
});
afterEach(async () => {
  await database.close();
  rmSync(home, { recursive: true });
});

const changed = (from: string, to: string): string => {
  expect(text).toContain(from);
  return text.replace(from, to);
};

describe('users of templates', () => {
  test('are VMs, agents, workspaces and sessions, with what was applied', async () => {
    const users = await fleet.users(path);
    expect(users.map(({ kind, name, template, vm: on, applied }) => [kind, name, template, on, applied?.vm])).toEqual([
      ['agent', 'ada', 'default', 'one', 'one'],
      ['agent', 'rex', 'reviewer', 'one', 'one'],
      ['session', 'late', 'night', 'one', undefined],
      ['vm', 'imported', 'both', undefined, undefined],
      ['vm', 'one', 'both', undefined, 'one'],
      ['vm', 'plain', 'default', undefined, 'one'],
      ['vm', 'two', 'both', undefined, 'one'],
      ['workspace', 'shop', 'site', 'one', undefined],
    ]);
    expect(await fleet.users('/home/operator/elsewhere/config.toml')).toEqual([]);
  });

  test('are nobody before there is a state file, which is then not read', async () => {
    const missing: Database = {
      ...database,
      path: join(home, 'nowhere', 'state.db'),
      read: () => Promise.reject(new Error('read')),
    };
    expect(await fleetOf(missing, path, createNodeFiles(home)).users(path)).toEqual([]);
  });

  test('are told anew when another program changed the state', async () => {
    expect(await fleet.users(path)).toHaveLength(8);
    const heard = new Promise<void>((resolve) => {
      fleet.watch(resolve);
    });
    const other = openState(home);
    await other.write((w) => deleteVm(w, 'plain'));
    await other.close();
    await heard;
    expect(await fleet.users(path)).toHaveLength(7);
  });

  test('have what the command line would record, key by key', async () => {
    writeFileSync(join(home, 'config.toml'), text);
    const files = createNodeFiles(base.home);
    const store = createConfigStore({ path: join(home, 'config.toml'), files, cwd: base.cwd });
    const { recipe } = await initRecipe({
      engine: { files },
      vm: vm('one'),
      config: await store.load(),
      template: await store.vmTemplate('both'),
      keys: ['ssh-ed25519 AAAA'],
      tokens: {},
      hostChanges: true,
    });
    const { keys, ...recorded } = (recipe.subject?.resolved ?? {}) as Record<string, unknown>;
    expect(keys).toHaveLength(1);
    expect(changesBetween(recorded, await resolvedToday(documentOf(text), user('vm', 'one', 'both')))).toEqual([]);
  });
});

describe('an agent', () => {
  test.each(['create', 'reinit'])(
    'has after its %s what the editor calls current, until the text says otherwise',
    async (verb) => {
      const file = join(home, 'config.toml');
      writeFileSync(file, text);
      const files = createNodeFiles(base.home);
      // The lock file that the fixture names is anywhere but here.
      const withLock: Files = { ...files, readBytes: async () => Buffer.alloc(0) };
      const config = createConfigStore({ path: file, files, cwd: base.cwd });
      const request = {
        engine: { files: withLock, config } as Engine,
        name: 'new',
        vm: { name: 'one', memoryGib: 8 },
        template: await config.agentTemplate('reviewer'),
        config: await config.load(),
        keys: ['ssh-ed25519 AAAA'],
        tokens: {},
        workspaces: [],
      };
      const { recipe } = verb === 'create' ? await createRecipe(request, 'token') : await reinitRecipe(request);
      const { subject } = recipe;
      expect(subject?.resolved).toMatchObject({ keys: ['ssh-ed25519 AAAA'] });
      const applied = { resolved: JSON.parse(JSON.stringify(subject?.resolved)) } as Applied;
      const recorded = { ...user('agent', 'new', 'reviewer'), applied };
      expect(await freshnessOf(documentOf(text), recorded)).toBe('current');
      for (const [from, to] of [
        ['shell = "zsh"', 'shell = "fish"'],
        ['claude.sh', 'other.sh'],
      ] as const) {
        expect(await freshnessOf(documentOf(changed(from, to)), recorded)).toBe('outdated');
      }
      expect(await freshnessOf(documentOf(changed('cpus = 16', 'cpus = 12')), recorded)).toBe('current');
    },
  );
});

describe('VM hosts', () => {
  test('are those of the state, for the file that the program reads', async () => {
    const host = { name: 'studio', sshHost: 'studio.invalid', platform: 'lima', os: undefined, createdAt: at };
    await database.write((w) => insertVmHost(w, { ...host, lastSeenAt: undefined }));
    expect(await fleet.vmHosts(path)).toMatchObject([{ name: 'studio', sshHost: 'studio.invalid' }]);
    expect(await fleet.vmHosts('/home/operator/elsewhere/config.toml')).toEqual([]);
  });
});

describe('freshness', () => {
  const of = async (source: string, name: string) => {
    const one = (await fleet.users(path)).find((each) => each.name === name);
    return one && freshnessOf(documentOf(source), one);
  };

  test('follows the text as it stands, through every parent and the catalog', async () => {
    expect(await of(text, 'one')).toBe('current');
    expect(await of(`# another comment\n${text}`, 'one')).toBe('current');
    expect(await of(changed('cpus = 16', 'cpus = 12'), 'one')).toBe('outdated');
    expect(await of(changed('memory = 64', 'memory = 32'), 'one')).toBe('outdated');
    expect(await of(changed('memory = 64', 'memory = 32'), 'plain')).toBe('current');
    expect(await of(`${text}[admin.config]\nshell = "bash"\n`, 'plain')).toBe('outdated');
    expect(await of(changed('shell = "zsh"', 'shell = "fish"'), 'rex')).toBe('outdated');
    expect(await of(changed('claude.sh', 'other.sh'), 'rex')).toBe('outdated');
    expect(await of(changed('claude.sh', 'other.sh'), 'one')).toBe('current');
  });

  test('is unknown of what was imported, of a template that is gone, and while the text has errors', async () => {
    expect(await of(text, 'imported')).toBe('unknown');
    expect(await of(changed('vm_templates.both', 'vm_templates.other'), 'one')).toBe('unknown');
    expect(await of(`${text}x = [`, 'one')).toBe('unknown');
    expect(await of(changed('cpus = 16', 'cpus = "many"'), 'one')).toBe('unknown');
  });
});

describe('code lenses', () => {
  const client = (options: object = {}): Client =>
    clientOf({ capabilities: { workspace: { executeCommand: {} } }, initializationOptions: options });

  async function titles(source: string, from = client()): Promise<string[]> {
    const documents = new Documents(base);
    documents.didOpen({ textDocument: { uri, languageId: 'toml', version: 1, text: source } });
    const document = documents.get(uri);
    if (document === undefined) return [];
    const lenses = codeLenses(document, from);
    const resolved = await Promise.all(lenses.map((lens) => resolvedLens(lens, { documents, fleet, client: from })));
    return resolved.map(({ range, command }: CodeLens) => {
      const line = source.split('\n')[range.start.line];
      return `${line} ${command?.title} → ${command?.command}`;
    });
  }

  test('say who uses a template and who has an older one', async () => {
    const edited = changed('cpus = 16', 'cpus = 12').replace('shell = "zsh"', 'shell = "fish"');
    await expect(`${(await titles(edited)).join('\n')}\n`).toMatchFileSnapshot(goldenFile('lenses.txt'));
  });

  test('run the client’s own command where it has one', async () => {
    const own = client({ commands: [showUsersCommand, 3] });
    expect((await titles(text, own))[0]).toBe(`[vm_templates.default] used by 1 VM → ${showUsersCommand}`);
  });

  test('are none for a client that runs no command', async () => {
    expect(await titles(text, clientLike('bare'))).toEqual([]);
  });

  test('ask for the state only when they are resolved', () => {
    expect(codeLenses(documentOf(text), client()).filter(({ command }) => command === undefined)).toHaveLength(9);
  });
});

describe('what an edit would change', () => {
  const changes = async (source: string, users?: Awaited<ReturnType<Fleet['users']>>) =>
    changesText({ saved: documentOf(text), edited: documentOf(source), users });

  test('is a diff of every template and every live machine', async () => {
    const users = await fleet.users(path);
    const edited = changed('cpus = 16', 'cpus = 12')
      .replace('apt = ["clang"]', 'apt = ["clang", "gdb"]')
      .replace('env.LANG = "C.UTF-8"\n', '')
      .replace('claude.sh', 'other.sh')
      .replace('[workspace_templates.site]', '[workspace_templates.shop]');
    await expect(await changes(edited, users)).toMatchFileSnapshot(goldenFile('changes.diff'));
  });

  test('is nothing for the same text and for comments', async () => {
    const users = await fleet.users(path);
    const nothing = '# The edit changes no template and no live machine.\n';
    expect(await changes(text, users)).toBe(nothing);
    expect(await changes(`${text}# more\n`, users)).toBe(nothing);
    expect(await changes(text)).toBe(`${nothing}# The state file cannot be read, so live machines are left out.\n`);
  });

  test('keeps apart what was outdated before the edit', async () => {
    const users = await fleet.users(path);
    const saved = documentOf(changed('shell = "zsh"', 'shell = "fish"'));
    const same = await changesText({ saved, edited: saved, users });
    expect(same).toContain('# The edit changes no template and no live machine.\n\n# Outdated already');
    expect(same).toContain('--- applied\n+++ saved\n@@ agent rex, agent_templates.reviewer');
    expect(same).toContain('-shell = "zsh"\n+shell = "fish"\n');
  });

  test('says whose template cannot be used, and that a machine has it already', async () => {
    const users = await fleet.users(path);
    const gone = await changes(changed('[vm_templates.both]', '[vm_templates.each]'), users);
    expect(gone).toContain('# VM one: its template vm_templates.both cannot be used as it stands.');
    expect(gone).toContain('-[vm_templates.both]');
    const before = documentOf(changed('cpus = 16', 'cpus = 12'));
    expect(await changesText({ saved: before, edited: documentOf(text), users })).toContain(
      '# VM one has what the edited file says already.',
    );
  });

  test('lets no name or value of the file or the state leave its line', async () => {
    const evil = 'a\\n+++ b\\u001b[2J';
    const edited = documentOf(
      `[vm_templates."${evil}"]\nnetwork = "${evil}"\n[vm_templates.x]\ninherits = ["${evil}"]\n`,
    );
    const live = [user('vm', 'x\n+y\u001b', 'x')];
    const shown = await changesText({ saved: documentOf('[vm_templates.x]\n'), edited, users: live });
    expect(shown.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f]/);
    expect(shown.split('\n').filter((line) => line.startsWith('+++'))).toEqual(['+++ edited']);
    expect(shown.split('\n').filter((line) => line.startsWith('+y'))).toEqual([]);
  });
});

describe('virtual documents', () => {
  test('have addresses that survive what editors escape', () => {
    for (const document of [
      { is: 'catalog' },
      { is: 'changes', source: uri },
      { is: 'effective', source: 'file:///C:/a%20b/c.toml?x#y', kind: 'vm', name: 'a/b ?#%.toml' },
    ] as const) {
      expect(parseVirtualUri(virtualUri(document))).toEqual(document);
      expect(parseVirtualUri(virtualUri(document).replace('agentworks:///', 'agentworks:/'))).toEqual(document);
    }
    for (const strange of ['file:///x', 'agentworks:/', 'agentworks:/effective/vm', 'agentworks:/%', 'agentworks:/x']) {
      expect(parseVirtualUri(strange)).toBeUndefined();
    }
  });

  test('are what commands return, and nothing for what is not there', async () => {
    const documents = new Documents(base);
    documents.didOpen({ textDocument: { uri, languageId: 'toml', version: 1, text } });
    const context = { documents, fleet, files: createNodeFiles(base.home) };
    const effective = await runCommand('agentworks.showEffective', [uri, 'vm', 'both'], context);
    expect(effective).toMatchObject({ languageId: 'toml', text: expect.stringContaining('cpus = 16 # from wide') });
    // Nothing is saved there yet, so everything is new.
    expect(await runCommand('agentworks.showChanges', [uri], context)).toMatchObject({
      languageId: 'diff',
      text: expect.stringContaining('+[vm_templates.both]'),
    });
    expect((await runCommand('agentworks.showCatalog', [], context)).text).toContain('[user_install_commands.claude]');
    for (const [command, args] of [
      ['agentworks.showEffective', [uri, 'vm', 'nobody']],
      ['agentworks.showEffective', [uri, 'git_credentials', 'github']],
      ['agentworks.showEffective', ['file:///not/open', 'vm', 'both']],
      ['agentworks.showChanges', []],
      ['agentworks.other', [uri]],
    ] as const) {
      await expect(runCommand(command, args, context)).rejects.toThrow(/There is (?:no|nothing)|needs/);
    }
  });

  test('compare with the file that is on disk', async () => {
    const files = createNodeFiles(home);
    await files.write(configPath(home), text);
    const own = `file://${configPath(home)}`;
    const documents = new Documents({ home, cwd: home });
    const edited = changed('memory = 64', 'memory = 32');
    documents.didOpen({ textDocument: { uri: own, languageId: 'toml', version: 1, text: edited } });
    const shown = await runCommand('agentworks.showChanges', [own], {
      documents,
      files,
      fleet: fleetOf(database, configPath(home), files),
    });
    expect(shown.text).toContain('-memory = 64');
    expect(shown.text).toContain('@@ VM one, vm_templates.both');
    expect(shown.text).not.toContain('plain');
  });
});
