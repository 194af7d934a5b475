import { describe, expect, test } from 'vitest';
import type { Location, LocationLink } from 'vscode-languageserver';
import { builtInCatalogText } from '../../src/core/config/catalog/catalog.ts';
import type { FileInfo } from '../../src/core/ports/files.ts';
import { declaration } from '../../src/server/features/declaration.ts';
import { documentLinks, webAddress } from '../../src/server/features/links.ts';
import { atCaret, clientLike, documentOf, fixture } from './caret.ts';

const vscode = clientLike('vscode');
const bare = clientLike('bare');

const disk = (...paths: string[]) => ({
  info: async (path: string): Promise<FileInfo | undefined> =>
    paths.includes(path)
      ? { kind: path.endsWith('/') ? 'directory' : 'file', size: 1, mode: 0o600, modifiedMs: 0 }
      : undefined,
});

const linksOf = async (text: string, files = disk()) => {
  const document = documentOf(text);
  const links = await documentLinks(document, files, vscode);
  return links.map(({ range, target }) => {
    const { start, end } = document.span(range);
    return [text.slice(start, end), target];
  });
};

describe('document links', () => {
  test('are addresses, repositories of services that have pages, and files that exist', async () => {
    const files = disk('/home/operator/conf/mise.lock', '/home/operator/.ssh/id.pub');
    expect(await linksOf(fixture('team.toml'), files)).toEqual([
      [
        'git::https://github.com/example/dotfiles.git//home/agent?ref=v1.0',
        'https://github.com/example/dotfiles/tree/v1.0/home/agent',
      ],
      ['~/conf/mise.lock', 'file:///home/operator/conf/mise.lock'],
      ['git@gitlab.com:team/site.git', 'https://gitlab.com/team/site'],
      ['https://packages.example.net/key.asc', 'https://packages.example.net/key.asc'],
    ]);
    const operator = '[operator]\nssh_public_key = "~/.ssh/id.pub"\nssh_private_key = "~/.ssh/id"\n';
    expect(await linksOf(operator, files)).toEqual([['~/.ssh/id.pub', 'file:///home/operator/.ssh/id.pub']]);
  });

  test('never carry credentials, other schemes, or words that are no paths', async () => {
    const source = (text: string) => `[admin.config]\ndotfiles_source = "${text}"\n`;
    const repo = (text: string) => `[workspace_templates.a]\nrepo = "${text}"\n`;
    const key = (text: string) => `[apt_sources.a]\nkey_url = "${text}"\n`;
    for (const text of [
      key('https://me:secret@packages.example.net/key.asc'),
      key('javascript:alert(1)'),
      key('https://'),
      source('git::https://git.example.net/me/dotfiles.git'),
      source('git::https://github.com/one/../../two'),
      source('git::https://me:secret@github.com/one/two'),
      source('git::https://github.com.evil.invalid/one/two'),
      source('git::'),
      repo('file:///etc/passwd'),
      repo('ssh://git@git.example.net/one/two'),
      '[qemu]\nimage = "official"\n',
    ]) {
      expect([text, await linksOf(text)]).toEqual([text, []]);
    }
  });

  test('have a tooltip only where it is shown', async () => {
    const document = documentOf('[apt_sources.a]\nkey_url = "https://example.net/k"\n');
    expect(Object.keys((await documentLinks(document, disk(), vscode))[0] ?? {})).toContain('tooltip');
    expect(Object.keys((await documentLinks(document, disk(), bare))[0] ?? {})).not.toContain('tooltip');
  });

  test.each([
    ['https://github.com/a/b.git', undefined, undefined, 'https://github.com/a/b'],
    ['git@github.com:a/b.git', 'x y/z', undefined, 'https://github.com/a/b/tree/HEAD/x%20y/z'],
    ['https://gitlab.com/a/sub/b', undefined, 'feature/x', 'https://gitlab.com/a/sub/b/-/tree/feature/x'],
    ['https://bitbucket.org/a/b', undefined, undefined, undefined],
    ['https://github.com/a', undefined, undefined, undefined],
  ])('page of %s', (url, subpath, ref, page) => {
    expect(webAddress({ kind: 'git', url, subpath, ref })).toBe(page);
  });
});

describe('declaration', () => {
  const catalog = builtInCatalogText.split('\n');
  const lineAt = (marked: string, client = vscode): string | null => {
    const { document, offset } = atCaret(marked);
    const [found] = (declaration(document, offset, client) ?? []) as (Location | LocationLink)[];
    if (found === undefined) return null;
    if ('targetUri' in found) return `${found.targetUri} ${catalog[found.targetSelectionRange.start.line]}`;
    return `${found.uri} ${found.range.start.line}`;
  };

  test('leads from an entry to the built-in one that it replaces, key by key', () => {
    const own = '[user_install_commands.claude]\ndescription = "Mine"\ncommand = "x"\ntest_exec = "claude"\n';
    const uri = 'agentworks:///catalog.toml';
    expect(lineAt(own.replace('claude]', 'cla|ude]'))).toBe(`${uri} [user_install_commands.claude]`);
    expect(lineAt(own.replace('command = ', 'comm|and = '))).toMatch(/^agentworks:\/\/\/catalog\.toml command = /);
    expect(lineAt(own.replace('description = ', 'descr|iption = '))).toMatch(/catalog\.toml description = /);
    // A use of it leads there as well.
    expect(lineAt(`${own}[agent_templates.a]\nuser_install_commands = ["clau|de"]\n`)).toBe(
      `${uri} [user_install_commands.claude]`,
    );
  });

  test('is the definition for everything else, and for clients that show no such documents', () => {
    expect(lineAt('[vm_templates.a]\n[vm_templates.b]\ninherits = ["a|"]\n')).toMatch(/^file:/);
    expect(
      lineAt('[user_install_commands.claude]\n[agent_templates.a]\nuser_install_commands = ["clau|de"]\n', bare),
    ).toBe('file:///home/operator/.config/agentworks/config.toml 0');
    expect(lineAt('[agent_templates.a]\nuser_install_commands = ["uv|"]\n', bare)).toBeNull();
    expect(lineAt('[vm_templates.a]\ncpu|s = 1\n')).toBeNull();
  });

  test('counts columns of the catalog alike in every encoding', () => {
    expect(/^[\n\x20-\x7e]*$/.test(builtInCatalogText)).toBe(true);
  });
});
