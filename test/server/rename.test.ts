import { describe, expect, test } from 'vitest';
import type { TextEdit } from 'vscode-languageserver';
import { parseDocument } from '../../src/core/config/toml/document.ts';
import { prepareRename, rename } from '../../src/server/features/rename.ts';
import type { TemplateUser } from '../../src/server/fleet.ts';
import { atCaret, clientLike, documentOf, uri } from './caret.ts';

const nobody = { users: async () => [] };
const bare = clientLike('bare');

const user = (kind: TemplateUser['kind'], name: string, template: string): TemplateUser => ({
  kind,
  name,
  template,
  vm: undefined,
  applied: undefined,
});

/** The text after the rename. */
async function renamed(marked: string, newName: string, fleet: typeof nobody = nobody): Promise<string> {
  const { document, offset, text } = atCaret(marked);
  const edit = await rename(document, offset, newName, { fleet, client: bare });
  const edits = (edit?.changes?.[uri] ?? []).map(({ range, newText }) => ({ ...document.span(range), newText }));
  return edits
    .sort((a, b) => b.start - a.start)
    .reduce((whole, { start, end, newText }) => whole.slice(0, start) + newText + whole.slice(end), text);
}

const reason = async (marked: string, newName: string, fleet: { users: () => Promise<TemplateUser[]> } = nobody) => {
  const { document, offset } = atCaret(marked);
  return rename(document, offset, newName, { fleet, client: bare }).then(
    () => 'renamed',
    (error: Error) => error.message,
  );
};

describe('rename', () => {
  test('changes the header, headers below it, and every reference in every section', async () => {
    const text = `[git_credentials.work]
type = "github"
[admin.config]
git_credentials = ["work"]
[agent_templates.a]
git_credentials = [ "other", "wo|rk" ]
[agent_templates.b]
inherits = ["a"]
git_credentials = ["!work"]
`;
    expect(await renamed(text, 'play')).toBe(text.replace('|', '').replaceAll('work', 'play'));
    const session = '[session_templates.old]\ncommand = "old"\n[session_templates.ol|d.env]\nA = "old"\n';
    expect(await renamed(session, 'new')).toBe(
      '[session_templates.new]\ncommand = "old"\n[session_templates.new.env]\nA = "old"\n',
    );
    // The other kind has a template of that name, too.
    expect(await renamed('[vm_templates.x|]\n[agent_templates.x]\n', 'y')).toBe(
      '[vm_templates.y]\n[agent_templates.x]\n',
    );
  });

  test('keeps quotes, and adds them to a header where the new name needs them', async () => {
    const changed = await renamed('[vm_templates."a|"]\n[vm_templates.b]\ninherits = [\'a\']\n', 'v1.2');
    expect(changed).toBe('[vm_templates."v1.2"]\n[vm_templates.b]\ninherits = [\'v1.2\']\n');
    const bareHeader = await renamed('vm_templates.a|.cpus = 2\n', 'v1.2');
    expect(bareHeader).toBe('vm_templates."v1.2".cpus = 2\n');
    expect(parseDocument(bareHeader).problems).toEqual([]);
  });

  test('says where it begins, for the client to offer the name', async () => {
    const { document, offset } = atCaret('[vm_templates."de|v"]\n');
    expect(await prepareRename(document, offset, nobody)).toEqual({
      range: { start: { line: 0, character: 15 }, end: { line: 0, character: 18 } },
      placeholder: 'dev',
    });
    expect(await prepareRename(document, 3, nobody)).toBeNull();
  });

  test('is for the version that it was asked about, where the client can tell', async () => {
    const { document, offset } = atCaret('[vm_templates.de|v]\n');
    const edit = await rename(document, offset, 'x', { fleet: nobody, client: clientLike('vscode') });
    expect(edit?.documentChanges).toMatchObject([{ textDocument: { uri, version: 1 }, edits: [{ newText: 'x' }] }]);
  });

  test.each([
    ['[vm_templates.default|]\n', 'x', /meaning by its name/],
    ['[agent_templates.a]\nuser_install_commands = ["uv|"]\n', 'x', /comes with the program/],
    ['[user_install_commands.uv|]\n', 'x', /replaces the built-in entry/],
    ['[vm_templates.a]\ninherits = ["gone|"]\n', 'x', /There is no vm_templates\.gone/],
    ['[vm_templates.a|]\n[vm_templates.b]\n', 'b', /exists already/],
    ['[user_install_commands.mine|]\n', 'uv', /comes with the program/],
    ['[vm_templates.a|]\n', 'not a name', /letters, digits/],
    ['[vm_templates.a|]\n', '', /letters, digits/],
    ['[vm_templates.a|]\n', 'x\n', /letters, digits/],
    ['[vm_templates.a|]\n', 'default', /comes with the program/],
    ['[git_credentials.a|]\n[git_credentials.b-c]\n', 'b_c', /GIT_CREDENTIALS_B_C/],
    ['[git_credentials.a|]\n', 'a.b', /letters, digits/],
  ])('is refused with the reason: %s → %s', async (marked, newName, why) => {
    expect(await reason(marked, newName)).toMatch(why);
  });

  test('is refused while something live has the name, before the new one is asked for', async () => {
    const fleet = {
      users: async () => [user('vm', 'one', 'dev'), user('vm', 'two', 'dev'), user('agent', 'three', 'other')],
    };
    const { document, offset } = atCaret('[vm_templates.de|v]\n');
    await expect(prepareRename(document, offset, fleet)).rejects.toThrow(/2 VMs use 'dev' \(one, two\)/);
    expect(await reason('[vm_templates.de|v]\n', 'x', fleet)).toMatch(/2 VMs use 'dev'/);
    expect(await reason('[agent_templates.other|]\n', 'x', fleet)).toMatch(/1 agent uses 'other' \(three\)/);
    expect(await reason('[agent_templates.dev|]\n', 'x', fleet)).toBe('renamed');
    for (const kind of ['workspace', 'session'] as const) {
      const live = { users: async () => [user(kind, 'w', 'dev')] };
      expect(await reason(`[${kind}_templates.dev|]\n`, 'x', live)).toContain(`1 ${kind} uses`);
    }
  });

  test('is refused while nobody can tell', async () => {
    const fleet = { users: () => Promise.reject(new Error('The state file is damaged.')) };
    expect(await reason('[vm_templates.dev|]\n', 'x', fleet)).toMatch(/not known: The state file is damaged/);
    expect(await reason('[git_credentials.dev|]\n', 'x', fleet)).toBe('renamed');
  });

  test('leaves a file that reads as before at every name of it', async () => {
    const text = '[vm_templates.a]\n[vm_templates.b]\ninherits = ["a"]\napt = ["!x", "b"]\n[agent_templates.b]\n';
    const document = documentOf(text);
    for (const { at, name } of document.symbols.all) {
      const edit = await rename(document, at.start, 'fresh', { fleet: nobody, client: bare });
      const edits: TextEdit[] = edit?.changes?.[uri] ?? [];
      for (const { range } of edits)
        expect(text.slice(document.span(range).start, document.span(range).end)).toBe(name);
    }
  });
});
