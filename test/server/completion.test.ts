import { describe, expect, test } from 'vitest';
import { type CompletionItem, InsertTextFormat, type TextEdit } from 'vscode-languageserver';
import type { ConfigDocument } from '../../src/server/document.ts';
import { completion, resolvedItem } from '../../src/server/features/completion.ts';
import type { Fleet } from '../../src/server/fleet.ts';
import { memoryFiles } from '../config/memoryFiles.ts';
import { soak } from '../soak.ts';
import { atCaret, clientLike, documentOf, fixture, goldenFile } from './caret.ts';
import { completionCases } from './completionCases.ts';

const vscode = clientLike('vscode');
const bare = clientLike('bare');
const files = memoryFiles({
  '/home/operator/.ssh/id.pub': 'ssh-ed25519 AAAA',
  '/home/operator/.ssh/id': 'x',
  '/home/operator/mise.lock': '',
  '/home/operator/.hidden': '',
});
/** Folders list their own names only, as a disk does. */
const disk = {
  ...files,
  list: async (path: string) => [...new Set((await files.list(path)).map((name) => name.split('/')[0] ?? ''))],
};

const fleet: Fleet = {
  users: async () => [],
  vmHosts: async () => [
    { name: 'studio', sshHost: 'studio.invalid' },
    { name: 'att\u001b[2Jic', sshHost: 'attic.invalid' },
  ],
  watch: () => () => {},
};

const offers = async (document: ConfigDocument, offset: number, client = vscode): Promise<CompletionItem[]> =>
  (await completion(document, offset, { client, files: disk, fleet })).items;

/** What an editor leaves when every tab stop keeps its text. */
const expanded = (snippet: string): string =>
  snippet
    .replace(/\$\{\d+\|((?:\\.|[^|\\])*?)\|\}/g, (_, choices: string) => choices.split(/(?<!\\),/)[0] ?? '')
    .replace(/\$\{\d+:((?:\\.|[^}\\])*)\}/g, '$1')
    .replace(/(?<!\\)\$\d+/g, '')
    .replace(/\\([\\$},|])/g, '$1');

function accepted(document: ConfigDocument, item: CompletionItem): string {
  const { range, newText } = item.textEdit as TextEdit;
  const { start, end } = document.span(range);
  const text = item.insertTextFormat === InsertTextFormat.Snippet ? expanded(newText) : newText;
  return document.text.slice(0, start) + text + document.text.slice(end);
}

/** Keys that a section still needs are said once it has begun; all else that is new is the completion's fault. */
const implied = new Set(['missing-key']);
/** Where only the name of a key is replaced, its value stays, and may not suit the other key. */
const ofKeptValue = new Set([
  'missing-key',
  'not-allowed',
  'out-of-range',
  'unknown-reference',
  'bad-url',
  'bad-source',
]);

const errorsOf = ({ problems }: ConfigDocument, ignored: ReadonlySet<string>): string[] =>
  problems
    .findings()
    .filter(({ severity, code }) => severity === 'error' && !ignored.has(code))
    .map(({ code, message }) => `${code}: ${message.replace(/^'.*' has no value/, 'has no value')}`);

function newErrors(before: ConfigDocument, item: CompletionItem): string[] {
  const isName = /^[a-z0-9_]+$/.test((item.textEdit as TextEdit).newText);
  // The beginning of an address waits for the rest.
  const isBeginning = item.label.endsWith('://');
  const ignored = isName || isBeginning ? ofKeptValue : implied;
  const known = errorsOf(before, ignored);
  // Another name in a header is a rename: what refers to the old one cannot find it any more.
  const { start, end } = before.span((item.textEdit as TextEdit).range);
  const old = before.text.slice(start, end).replace(/\]$/, '');
  return errorsOf(documentOf(accepted(before, item)), ignored).filter((error) => {
    if (old !== '' && error.startsWith('unknown-reference') && error.includes(`'${old}'`)) return false;
    const at = known.indexOf(error);
    if (at >= 0) known.splice(at, 1);
    return at < 0;
  });
}

describe('in a text under a fault', () => {
  test('there are enough cases', () => expect(completionCases.length).toBeGreaterThanOrEqual(60));

  test.each(completionCases)('%s', async (_, marked, label, line) => {
    const { document, offset } = atCaret(marked);
    for (const client of [vscode, bare]) {
      const items = await offers(document, offset, client);
      const labels = items.map((item) => item.label);
      expect(labels).toContain(label);
      expect(new Set(labels).size, 'nothing is offered twice').toBe(labels.length);
      for (const item of items) {
        const { range } = item.textEdit as TextEdit;
        const { start, end } = document.span(range);
        expect(start <= offset && offset <= end, 'the edit holds the caret').toBe(true);
        expect(range.start.line, 'the edit is on one line').toBe(range.end.line);
        const isSnippet = item.insertTextFormat === InsertTextFormat.Snippet;
        expect(isSnippet && client === bare, 'no snippet for a client without them').toBe(false);
        expect({ label: item.label, errors: newErrors(document, item) }).toEqual({
          label: item.label,
          errors: [],
        });
      }
      const chosen = items.find((item) => item.label === label);
      if (client === bare && chosen !== undefined) expect(accepted(document, chosen).split('\n')).toContain(line);
    }
  });

  test('what is half typed is what the client compares with', async () => {
    for (const [name, marked, label] of completionCases) {
      const { document, offset } = atCaret(marked);
      const item = (await offers(document, offset)).find((one) => one.label === label);
      if (item === undefined) throw new Error(`${name}: ${label} is not offered`);
      const { start } = document.span((item.textEdit as TextEdit).range);
      const typed = document.text.slice(start, offset).trim().replace(/^"/, '');
      const filter = (item.filterText ?? '').replace(/^"/, '');
      const isPart = [...typed.replace('xx', '')].every((letter) => filter.includes(letter));
      expect(isPart, `${name}: ${typed} in ${filter}`).toBe(true);
    }
  });
});

const labelsAt = async (marked: string): Promise<string[]> => {
  const { document, offset } = atCaret(marked);
  return (await offers(document, offset)).map(({ label }) => label);
};

describe('only what is still possible', () => {
  test('no key twice, no old key, none without effect', async () => {
    const labels = await labelsAt('[agent_templates.a]\nshell = "zsh"\n|\n');
    expect(labels).not.toContain('shell');
    expect(labels).not.toContain('username');
    expect(labels).toContain('memory_max');
    expect(await labelsAt('[paths]\n|')).not.toContain('code_workspaces');
    expect(await labelsAt('[session_templates.a]\n|\n[session_templates.a.env]\nA = "b"\n')).not.toContain('env');
  });

  test('no header twice', async () => {
    const labels = await labelsAt('[paths]\n[admin.config]\n[vm_templates.default]\n[|');
    expect(labels).not.toContain('paths');
    expect(labels).not.toContain('admin.config');
    expect(labels).not.toContain('vm_templates.default');
    expect(labels).toContain('agent_templates.default');
    expect(await labelsAt('paths.backups = "~/x"\n[|')).not.toContain('paths');
    expect(await labelsAt('[[|')).toEqual([]);
  });

  test('no template that would close a circle, or is listed already', async () => {
    const text =
      '[vm_templates.a]\ninherits = ["b"]\n[vm_templates.b]\n[vm_templates.c]\n[vm_templates.b2]\ninherits = [';
    expect(await labelsAt(`${text}"a", |]`)).toEqual(['b', 'c', 'default']);
    expect(
      await labelsAt('[vm_templates.a]\ninherits = ["b"]\n[vm_templates.b]\ninherits = ["|"]\n[vm_templates.c]\n'),
    ).toEqual(['c', 'default']);
  });

  test('no two tests of one command, and no organization for GitHub', async () => {
    expect(await labelsAt('[user_install_commands.x]\ntest_exec = "x"\n|')).not.toContain('test_file');
    expect(await labelsAt('[git_credentials.x]\ntype = "github"\n|')).not.toContain('org');
  });

  test('no header where keys of another section would fall below it', async () => {
    expect(await labelsAt('[paths]\n|\nbackups = "~/x"\n')).not.toContain('[qemu]');
  });

  test('nothing in comments, behind whole values, and where nothing is known', async () => {
    expect(await labelsAt('# pla|\n')).toEqual([]);
    expect(await labelsAt('[defaults]\nplatform = "qemu" |\n')).toEqual([]);
    expect(await labelsAt('[nonsense]\nx = |\n')).toEqual([]);
    expect(await labelsAt('[nonsense]\nx = { | }\n')).toEqual([]);
    expect(await labelsAt('[vm_templates.a]\napt = [] |')).toEqual([]);
  });
});

describe('items', () => {
  test('say where a name comes from, and are explained on demand', async () => {
    const { document, offset } = atCaret(
      '[apt_packages.gh]\ndescription = "mine"\n[apt_packages.own]\n[vm_templates.a]\napt_packages = ["|"]\n',
    );
    const items = await offers(document, offset);
    const from = Object.fromEntries(items.map(({ label, labelDetails }) => [label, labelDetails?.description]));
    expect(from).toMatchObject({ gh: 'overrides built-in', own: 'yours', tenv: 'built-in' });
    const [gh] = items;
    const documents = { get: () => document } as never;
    const explained = resolvedItem(gh as CompletionItem, { client: vscode, documents });
    expect(JSON.stringify(explained.documentation)).toContain('Replaces the built-in entry');
    const closed = { get: () => undefined } as never;
    expect(resolvedItem(gh as CompletionItem, { client: vscode, documents: closed })).toEqual(gh);
    expect(resolvedItem({ label: 'x' }, { client: vscode, documents })).toEqual({ label: 'x' });
  });

  test('keys carry type, default and snippet; required ones come first', async () => {
    const { document, offset } = atCaret('[proxmox]\nnode = "pve"\n|');
    const items = (await offers(document, offset)).toSorted((a, b) =>
      (a.sortText ?? '') < (b.sortText ?? '') ? -1 : 1,
    );
    expect(items.slice(0, 3).map(({ label }) => label)).toEqual(['api_url', 'token_id', 'template_vmid']);
    const verify = items.find(({ label }) => label === 'verify_ssl');
    expect(verify).toMatchObject({ detail: 'boolean = true', insertTextFormat: InsertTextFormat.Snippet });
    expect(verify).toMatchObject({ textEdit: { newText: 'verify_ssl = ${1|false,true|}' } });
  });

  test('VM hosts are those that the program knows, without what would act on a terminal', async () => {
    for (const marked of ['[defaults]\nvm_host = |\n', '[defaults]\nvm_host = "st|"\n', '[defaults]\nvm_host = "|']) {
      const { document, offset } = atCaret(marked);
      const items = await offers(document, offset);
      expect(items.map(({ label }) => label)).toContain('studio');
      const studio = items.find(({ label }) => label === 'studio');
      expect(studio?.detail).toContain('studio.invalid');
      expect(accepted(document, studio as CompletionItem).split('\n')[1]).toBe('vm_host = "studio"');
      expect(JSON.stringify(items)).not.toContain('\\u001b');
    }
  });

  test('folders with many files and names with control characters stay bounded and clean', async () => {
    const many = Array.from({ length: 5000 }, (_, index) => `f${index}`);
    const { document, offset } = atCaret('[operator]\nssh_public_key = "~/|"');
    const list = async () => ['a\u001b[31m', 'b\nc', ...many];
    const { items } = await completion(document, offset, { client: vscode, files: { ...disk, list }, fleet });
    expect(items.length).toBe(200);
    expect(JSON.stringify(items)).not.toMatch(/\\u001b|b\\nc/);
  });
});

test('in front of a list that stands there, nothing has a place', async () => {
  const { document, offset } = atCaret('[vm_templates.a]\n[vm_templates.b]\ninherits = |["a"]\n');
  expect(await offers(document, offset)).toEqual([]);
});

test('every caret of the long file gives only what can be accepted there', async () => {
  const text = fixture('long.toml');
  const document = documentOf(text);
  for (let offset = 0; offset < text.length; offset += soak(211, 7)) {
    for (const item of (await offers(document, offset)).slice(0, 4)) {
      expect({ offset, label: item.label, errors: newErrors(document, item) }).toEqual({
        offset,
        label: item.label,
        errors: [],
      });
    }
  }
});

test('golden: what is offered at places of the long file', async () => {
  const text = fixture('long.toml');
  const document = documentOf(text);
  const places = [
    '[paths]\n',
    'platform = "',
    'apt_packages = ["',
    'inherits = ["default", "',
    'git_credentials = ["github", "',
    '[agent_templates.',
  ];
  const lines: string[] = [];
  for (const place of places) {
    lines.push(`── ${place.trimEnd()}`);
    for (const item of await offers(document, text.indexOf(place) + place.length)) {
      const { label, detail = '', labelDetails, textEdit } = item;
      lines.push(`${label} | ${detail} | ${labelDetails?.description ?? ''} | ${JSON.stringify(textEdit?.newText)}`);
    }
  }
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(goldenFile('completion.txt'));
});
