import { describe, expect, it } from 'vitest';
import { commands as table } from '../../src/core/commands/table.ts';
import { serverCommands, showUsersCommand } from '../../src/core/config/editorProtocol.ts';
import { templateKinds } from '../../src/core/config/inherit.ts';
import { commands, schemes } from '../../src/extension/ids.ts';
import { configAt, configLanguage, configSelector, isConfigFile } from '../../src/extension/language/configFiles.ts';
import { serverProgram } from '../../src/extension/language/program.ts';
import { directiveFor } from '../../src/extension/language/schemaDirective.ts';
import { sourceOf, toEditor, toServer } from '../../src/extension/language/uris.ts';
import { verbsFor } from '../../src/extension/language/userVerbs.ts';

describe('the file that the server is for', () => {
  const file = { scheme: 'file', fsPath: '/home/me/.config/agentworks/config.toml', languageId: 'toml' };

  it('is known by its path under any language, and by its language at any path', () => {
    expect(isConfigFile(file, undefined)).toBe(true);
    expect(isConfigFile({ ...file, fsPath: 'C:\\Users\\me\\.config\\agentworks\\config.toml' }, undefined)).toBe(true);
    expect(isConfigFile({ ...file, fsPath: '/tmp/x.toml', languageId: configLanguage }, undefined)).toBe(true);
    expect(isConfigFile({ ...file, fsPath: '/srv/aw/config.toml' }, configAt('/srv/aw'))).toBe(true);
  });

  it('is no other TOML file, and nothing that is not a file', () => {
    expect(isConfigFile({ ...file, fsPath: '/home/me/agentworks/Cargo.toml' }, undefined)).toBe(false);
    expect(isConfigFile({ ...file, fsPath: '/home/me/my-agentworks/config.toml' }, undefined)).toBe(false);
    expect(isConfigFile({ ...file, scheme: schemes.config, languageId: configLanguage }, undefined)).toBe(false);
    expect(isConfigFile({ ...file, scheme: 'git' }, undefined)).toBe(false);
    expect(configAt(undefined)).toBeUndefined();
    expect(configAt('')).toBeUndefined();
  });

  it('has a selector that takes odd paths by the letter', () => {
    expect(configSelector('/srv/[a]*{b}/config.toml').at(-1)).toEqual({
      scheme: 'file',
      pattern: '/srv/[[]a[]][*][{]b[}]/config.toml',
    });
    expect(configSelector(undefined)).toHaveLength(2);
  });
});

describe('the program of the server', () => {
  const given = { execPath: '/opt/code', programPath: '/ext/dist/agentworks.cjs', config: undefined };

  it('is the bundled command line on the Node of VS Code', () => {
    const program = serverProgram({
      ...given,
      env: { HOME: '/home/me', NODE_OPTIONS: '--require evil', PATH: '/bin' },
    });
    expect(program).toEqual({
      command: '/opt/code',
      args: ['/ext/dist/agentworks.cjs', 'lsp', '--stdio'],
      env: { HOME: '/home/me', PATH: '/bin', ELECTRON_RUN_AS_NODE: '1' },
    });
  });

  it('reads the configuration that the settings name', () => {
    expect(serverProgram({ ...given, env: {}, config: '/x/my config.toml' }).args).toEqual([
      '/ext/dist/agentworks.cjs',
      '--config',
      '/x/my config.toml',
      'lsp',
      '--stdio',
    ]);
  });
});

describe('documents of the server', () => {
  const uri = (scheme: string, query = '') => ({
    scheme,
    query,
    with: (change: { scheme: string }) => uri(change.scheme, query),
    toString: () => `${scheme}:/x${query === '' ? '' : `?${query}`}`,
  });

  it('have a scheme of their own in the editor, there and back', () => {
    expect(toEditor(uri('agentworks', 'a')).toString()).toBe('agentworks-config:/x?a');
    expect(toServer(uri('agentworks-config', 'a'))).toBe('agentworks:/x?a');
    expect(toServer(uri('file'))).toBe('file:/x');
    const plain = uri('file');
    expect(toEditor(plain)).toBe(plain);
  });

  it('name the file that they speak of', () => {
    expect(sourceOf(uri('agentworks-config', 'file:///c.toml'))).toBe('file:///c.toml');
    expect(sourceOf(uri('agentworks-config'))).toBeUndefined();
  });
});

describe('the line that names the JSON schema', () => {
  it('goes before the first line, with its ends of lines', () => {
    expect(directiveFor('[operator]\n')).toBe('#:schema ./config.schema.json\n');
    expect(directiveFor('')).toBe('#:schema ./config.schema.json\n');
    expect(directiveFor('# mine\r\n[operator]\r\n')).toBe('#:schema ./config.schema.json\r\n');
    expect(directiveFor('[operator]\n#:schema ./late.json\n')).toBeDefined();
  });

  it('is not written twice', () => {
    expect(directiveFor('# mine\n\n#:schema ./other.json\n[operator]\n')).toBeUndefined();
  });
});

describe('commands that lenses name', () => {
  it('are those that the extension registers', () => {
    const own: string[] = Object.values(commands);
    for (const id of [...Object.values(serverCommands), showUsersCommand]) expect(own).toContain(id);
  });

  it('lead to verbs that there are, each with a name as its argument', () => {
    for (const kind of templateKinds) {
      for (const freshness of ['current', 'outdated', 'unknown'] as const) {
        const verbs = verbsFor(kind, freshness);
        expect(new Set(verbs).size).toBe(verbs.length);
        for (const verb of verbs) {
          const command = table.find(({ id }) => id === verb);
          expect(
            command?.params.some(({ name, position }) => name === 'name' && position === 'argument'),
            verb,
          ).toBe(true);
        }
      }
    }
  });

  it('begin with the difference where something is outdated', () => {
    expect(verbsFor('vm', 'outdated')).toEqual(['vm.diff', 'vm.reinit', 'vm.describe']);
    expect(verbsFor('session', 'outdated')[0]).toBe('session.attach');
  });
});
