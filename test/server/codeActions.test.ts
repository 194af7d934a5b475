import { describe, expect, test } from 'vitest';
import type { CodeAction } from 'vscode-languageserver';
import type { Finding } from '../../src/core/config/problems.ts';
import type { ConfigDocument } from '../../src/server/document.ts';
import { codeActions } from '../../src/server/features/codeActions.ts';
import { fixAllKind } from '../../src/server/features/offered.ts';
import { atCaret, clientLike, documentOf, fixture, goldenFile } from './caret.ts';

const vscode = clientLike('vscode');

const findings = { of: async ({ problems }: ConfigDocument): Promise<Finding[]> => problems.findings() } as never;

async function actionsAt(marked: string, only?: string[], client = vscode) {
  const { document, offset } = atCaret(marked);
  const position = document.positionAt(offset);
  const context = { diagnostics: [], ...(only === undefined ? {} : { only }) };
  const range = { start: position, end: position };
  const actions = await codeActions(document, { range, context }, { client, documentation: undefined, findings });
  return { document, actions };
}

function applied(document: ConfigDocument, action: CodeAction | undefined): string {
  const edits = action?.edit?.changes?.[document.uri] ?? [];
  return edits
    .map(({ range, newText }) => ({ ...document.span(range), newText }))
    .sort((a, b) => b.start - a.start || b.end - a.end)
    .reduce((text, { start, end, newText }) => text.slice(0, start) + newText + text.slice(end), document.text);
}

/** The text after the action of this title. */
async function resultOf(marked: string, title: string): Promise<string> {
  const { document, actions } = await actionsAt(marked);
  const action = actions.find((one) => one.title === title);
  expect(actions.map((one) => one.title)).toContain(title);
  return applied(document, action);
}

describe('quick fixes', () => {
  const cases: readonly (readonly [name: string, marked: string, title: string, text: string])[] = [
    [
      'a misspelt name',
      '[vm_templates.a]\ncpu|s_ = 2 # two\n',
      "Change to 'cpus'",
      '[vm_templates.a]\ncpus = 2 # two\n',
    ],
    [
      'an old key',
      '[paths]\ncode_|workspaces = "~/x"\n',
      'Change to vscode_workspaces',
      '[paths]\nvscode_workspaces = "~/x"\n',
    ],
    [
      'a missing key',
      '# mine\n[git_credentials.a|]\n# none\n',
      'Add type = "github"',
      '# mine\n[git_credentials.a]\ntype = "github"\n# none\n',
    ],
    [
      'a missing key of an inline table',
      'git_credentials = { a| = {} }\n',
      'Add type = "github"',
      'git_credentials = { a = { type = "github" } }\n',
    ],
    [
      'a missing template',
      '[vm_templates.a]\ninherits = ["gone|"]\n',
      'Create [vm_templates.gone]',
      '[vm_templates.a]\ninherits = ["gone"]\n\n[vm_templates.gone]\n',
    ],
    [
      'a missing credential',
      '[admin.config]\ngit_credentials = ["w|"]',
      'Create [git_credentials.w]',
      '[admin.config]\ngit_credentials = ["w"]\n\n[git_credentials.w]\ntype = "github"\n',
    ],
    [
      'a missing entry',
      '[vm_templates.a]\r\napt_packages = ["zz|"] # x\r\n',
      'Create [apt_packages.zz]',
      '[vm_templates.a]\r\napt_packages = ["zz"] # x\r\n\r\n[apt_packages.zz]\r\n',
    ],
    [
      'a missing entry, taken out',
      '[vm_templates.a]\napt_packages = ["gh", "zz|"] # x\n',
      "Remove 'zz' from the list",
      '[vm_templates.a]\napt_packages = ["gh"] # x\n',
    ],
    [
      'a key of another section',
      '[operator]\nplat|form = "qemu" # mine\n[defaults]\n',
      "Move 'platform' to [defaults]",
      '[operator]\n# mine\n[defaults]\nplatform = "qemu"\n',
    ],
    [
      'a key of the inner section',
      '[admin]\nshe|ll = "zsh"\n',
      "Move 'shell' to [admin.config]",
      '[admin]\n\n[admin.config]\nshell = "zsh"\n',
    ],
    [
      'a header that is commented out',
      '[operator]\n# [defaults]\nplat|form = "qemu"\n',
      'Uncomment [defaults]',
      '[operator]\n[defaults]\nplatform = "qemu"\n',
    ],
    [
      'a removed section',
      '[vm.con|fig]\ncpus = 2\nadmin_shell = "zsh"\n',
      'Rename it to [vm_templates.default]',
      '[vm_templates.default]\ncpus = 2\n\n[admin.config]\nshell = "zsh"\n',
    ],
    [
      'removed tasks',
      '[tas|ks.a]\ncommand = "x"\n[tasks.b]\n',
      'Rename to [session_templates.*]',
      '[session_templates.a]\ncommand = "x"\n[session_templates.b]\n',
    ],
    [
      'old dotfiles',
      '[dot|files]\nrepo = "https://x.invalid/d.git"\nenabled = true\ninstall_cmd = "./i"\n',
      'Move its keys to [admin.config]',
      '\n[admin.config]\ndotfiles_source = "git::https://x.invalid/d.git"\ndotfiles_install_cmd = "./i"\n',
    ],
    [
      'credentials of the defaults',
      '[defaults]\ngit_cred|entials = []\n[admin.config]\n',
      'Move it to [admin.config]',
      '[defaults]\n[admin.config]\ngit_credentials = []\n',
    ],
    [
      'a misspelt placeholder',
      '[session_templates.a]\ncommand = "x {{session_nam|}}"\n',
      'Change to {{session_name}}',
      '[session_templates.a]\ncommand = "x {{session_name}}"\n',
    ],
    [
      'a secret of a credential',
      '[git_credentials.my-w]\ntype = "github"\ntoken = "0123|456789abc" # old\n',
      'Take it from GIT_CREDENTIALS_MY_W instead',
      '[git_credentials.my-w]\ntype = "github"\n# old\n',
    ],
    [
      'a secret of a variable',
      '[session_templates.a]\nenv = { A = "b", API_TOKEN = "0123456|789abc" }\n',
      'Remove session_templates.a.env.API_TOKEN from this file',
      '[session_templates.a]\nenv = { A = "b" }\n',
    ],
    [
      'an unused entry',
      '# about\n[apt_packages.x|]\napt = [\n  "y", # why\n]\n# end\n',
      'Remove [apt_packages.x]',
      '# about\n# end\n',
    ],
    [
      'a circle',
      '[vm_templates.a]\ninherits = ["b", "c"]\n[vm_templates.b]\ninherits = ["a|"]\n[vm_templates.c]\n',
      "Remove 'a' from the list",
      '[vm_templates.a]\ninherits = ["b", "c"]\n[vm_templates.b]\ninherits = []\n[vm_templates.c]\n',
    ],
    [
      'a source without its prefix',
      '[admin.config]\ndotfiles_source = "https://x|.invalid/d.git"\n',
      'Begin with git::',
      '[admin.config]\ndotfiles_source = "git::https://x.invalid/d.git"\n',
    ],
  ];

  // A comment inside what is removed goes with it; everywhere else comments stay.
  test.each(cases)('%s', async (_, marked, title, text) => {
    expect(await resultOf(marked, title)).toBe(text);
  });

  test('one that is certain is preferred, and names its problem', async () => {
    const { actions } = await actionsAt('[paths]\ncode_|workspaces = "~/x"\n');
    expect(actions[0]).toMatchObject({ isPreferred: true, diagnostics: [{ code: 'deprecated-key' }] });
  });

  test('all old names at once', async () => {
    const marked = '[us|er]\nssh_config = "~/x"\n[paths]\ncode_workspaces = "~/x" # y\n';
    expect(await resultOf(marked, 'Replace all old names')).toBe(
      '[operator]\nssh_config = "~/x"\n[paths]\nvscode_workspaces = "~/x" # y\n',
    );
  });

  test('everything that is safe, and nothing else', async () => {
    const marked = '|[paths]\ncode_workspaces = "~/x"\n[vm_templates.a]\ncpus = "2"\napt = ["b", "b"]\ncpu = 1\n';
    const { document, actions } = await actionsAt(marked, ['source.fixAll']);
    expect(actions.map(({ kind }) => kind)).toEqual([fixAllKind]);
    expect(applied(document, actions[0])).toBe(
      '[paths]\nvscode_workspaces = "~/x"\n[vm_templates.a]\ncpus = 2\napt = ["b"]\ncpu = 1\n',
    );
  });

  test('nothing for a client that only knows commands', async () => {
    expect((await actionsAt('[us|er]\n', undefined, clientLike('bare'))).actions).toEqual([]);
  });
});

describe('refactorings', () => {
  test('common keys go into a parent, and every template keeps its values', async () => {
    const marked =
      '[vm_templates.|a]\ninherits = ["default"]\ncpus = 2 # two\nmemory = 4\napt = ["x"]\n\n[vm_templates.b]\ncpus = 2\nmemory = 4\ndisk = 9\n[vm_templates.default]\ncpus = 1\n';
    expect(await resultOf(marked, "Extract 2 keys that it shares with 'b' into 'common'")).toBe(
      '[vm_templates.a]\ninherits = ["default", "common"]\n# two\napt = ["x"]\n\n[vm_templates.b]\ninherits = ["common"]\ndisk = 9\n[vm_templates.default]\ncpus = 1\n\n[vm_templates.common]\ncpus = 2\nmemory = 4\n',
    );
  });

  test('none where a template would end up with something else', async () => {
    const text =
      '[vm_templates.|a]\ncpus = 2\nmemory = 4\n[vm_templates.b]\ncpus = 2\nmemory = 4\n[vm_templates.m]\ncpus = 9\n[vm_templates.all]\ninherits = ["a", "m", "b"]\n';
    const { actions } = await actionsAt(text);
    expect(actions.filter(({ kind }) => kind === 'refactor.extract')).toEqual([]);
  });

  test('lists whose order means nothing are sorted', async () => {
    expect(await resultOf('[vm_templates.a]\napt = [\n  "b",\n  "|a"\n]\n', 'Sort this list')).toBe(
      '[vm_templates.a]\napt = [\n  "a",\n  "b"\n]\n',
    );
    for (const other of [
      'inherits = ["b", "|a"]',
      'apt = ["b", "|!a"]',
      'apt = ["b", # x\n"|a"]',
      'apt = ["a", "|b"]',
    ]) {
      const { actions } = await actionsAt(`[vm_templates.x]\n${other}\n`);
      expect(actions.filter(({ title }) => title === 'Sort this list')).toEqual([]);
    }
  });

  test('keys take their comments along', async () => {
    expect(
      await resultOf(
        '[vm_templates.|a]\n# four\nmemory = 4 # GiB\n\n# two\ncpus = 2\n[paths]\n',
        'Sort keys as in the reference',
      ),
    ).toBe('[vm_templates.a]\n\n# two\ncpus = 2\n# four\nmemory = 4 # GiB\n[paths]\n');
  });
});

test('golden: every action for the long file, line by line', async () => {
  const document = documentOf(fixture('long.toml'));
  const lines: string[] = [];
  for (let line = 0; line < document.lines.count; line++) {
    const position = { line, character: 3 };
    const range = { start: position, end: position };
    const given = { range, context: { diagnostics: [] } };
    const actions = await codeActions(document, given, { client: vscode, documentation: undefined, findings });
    for (const { title, kind } of actions) lines.push(`${line + 1} ${kind}: ${title}`);
  }
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(goldenFile('codeActions.txt'));
});
