import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import type { CodeAction, CompletionList } from 'vscode-languageserver';
import { soak } from '../soak.ts';
import { documentOf, fixture, uri } from './caret.ts';
import { ReplyError, TestClient } from './client.ts';
import { vscode } from './profiles.ts';

const forMs = Number(process.env.AGENTWORKS_FUZZ_SECONDS ?? soak(10, 3600)) * 1000;
const isLong = forMs > 60_000;
const seed = Number(process.env.AGENTWORKS_FUZZ_SEED ?? Date.now() % 1_000_000_007);

/** A small generator of numbers that can be run again from its seed. */
function numbers(state: number): (below: number) => number {
  let now = state >>> 0 || 1;
  return (below) => {
    now ^= now << 13;
    now ^= now >>> 17;
    now ^= now << 5;
    return (now >>> 0) % below;
  };
}

const pieces = [
  '[',
  ']',
  '[[',
  ']]',
  '{',
  '}',
  '"',
  "'",
  '"""',
  "'''",
  '=',
  '.',
  ',',
  '#',
  '\n',
  '\r\n',
  '\r',
  '\t',
  ' ',
  '\\',
  '\\u',
  '!',
  '!*',
  '[vm_templates.',
  '[user]\n',
  '[vm.config]\n',
  '[dotfiles]\nrepo = "x"\n',
  'inherits = ["',
  'inherits = ["default"]\n',
  'env = { A = "',
  '{{session',
  'cpus = ',
  'true',
  '1979-05-27T07:32:00Z',
  '0x',
  '1e999',
  'nan',
  '\u0000',
  '\ufeff',
  '\ud800',
  '😀',
  'ghp_0123456789012345678901234567890123456789',
  '__proto__ = 1\n',
  '[constructor.prototype]\n',
  'x'.repeat(3000),
  '[a'.repeat(300),
  '{a='.repeat(300),
  'a.'.repeat(500),
];

const texts = [fixture('long.toml'), '', '[vm_templates.a]\ninherits = ["b"]\n[vm_templates.b]\ninherits = ["a"]\n'];

const methods = [
  'textDocument/completion',
  'textDocument/hover',
  'textDocument/definition',
  'textDocument/declaration',
  'textDocument/references',
  'textDocument/documentHighlight',
  'textDocument/documentSymbol',
  'textDocument/foldingRange',
  'textDocument/codeAction',
  'textDocument/diagnostic',
  'textDocument/formatting',
  'textDocument/rangeFormatting',
  'textDocument/rename',
  'textDocument/prepareRename',
  'textDocument/selectionRange',
  'textDocument/semanticTokens/full',
  'textDocument/semanticTokens/full/delta',
  'textDocument/semanticTokens/range',
  'textDocument/inlayHint',
  'textDocument/codeLens',
  'textDocument/documentLink',
  'textDocument/prepareTypeHierarchy',
  'workspace/symbol',
  'workspace/diagnostic',
];

const oddities = [
  null,
  7,
  'x',
  [],
  {},
  { textDocument: null },
  { textDocument: { uri: 5 } },
  { textDocument: { uri }, position: null },
];

/** What one session found: figures for a person, failures for the test. */
interface Tally {
  edits: number;
  requests: number;
  refused: number;
  slowestMs: number;
  highestMb: number;
  failures: string[];
}

const residentMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

let client: TestClient | undefined;
afterEach(async () => {
  await client?.stop().catch(() => client?.child.kill('SIGKILL'));
  client = undefined;
});

class Session {
  readonly tally: Tally = { edits: 0, requests: 0, refused: 0, slowestMs: 0, highestMb: 0, failures: [] };
  private readonly server: TestClient;
  private readonly random: (below: number) => number;
  private text = texts[0] ?? '';

  constructor(server: TestClient, random: (below: number) => number) {
    this.server = server;
    this.random = random;
    server.open(uri, this.text);
  }

  async step(): Promise<void> {
    const dice = this.random(100);
    if (dice < 2) this.reset(this.pick(texts));
    else if (dice < 4) this.reset(this.text.slice(0, this.random(this.text.length + 1)));
    else if (dice < 5) this.server.raw('Content-Length: 8\r\n\r\nnot json');
    else if (dice < 7) this.server.notify('textDocument/didChange', this.pick(oddities));
    else if (dice < 45) this.edit();
    else if (dice < 50) await this.ask(this.pick(methods), this.pick(oddities), false);
    else if (dice < 55) await this.accept();
    else await this.ask(this.pick(methods), this.params(), true);
    this.server.received.length = 0;
    if (this.tally.requests % 200 === 0) {
      this.tally.highestMb = Math.max(this.tally.highestMb, residentMb(this.server.child.pid ?? 0));
    }
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.random(from.length)] as T;
  }

  private reset(text: string): void {
    this.text = text;
    this.server.change(uri, text);
    this.tally.edits++;
  }

  private edit(): void {
    if (this.text.length > 40_000) {
      this.reset(texts[0] ?? '');
      return;
    }
    const document = documentOf(this.text);
    const start = this.random(this.text.length + 1);
    const end = Math.min(this.text.length, start + (this.random(3) === 0 ? this.random(60) : this.random(3)));
    const put =
      this.random(4) === 0
        ? Buffer.from(Array.from({ length: this.random(8) }, () => this.random(256))).toString('latin1')
        : this.pick(pieces);
    const range = document.range({ start, end });
    // A position inside a line break means the end of its line, for both sides.
    const span = document.span(range);
    this.text = this.text.slice(0, span.start) + put + this.text.slice(span.end);
    this.server.change(uri, put, range);
    this.tally.edits++;
  }

  private position() {
    return { line: this.random(330), character: this.random(90) };
  }

  private params(): object {
    const position = this.position();
    const range = { start: position, end: this.random(2) === 0 ? position : this.position() };
    return {
      textDocument: { uri },
      position,
      positions: [position],
      range,
      context: { includeDeclaration: true, diagnostics: [] },
      options: { tabSize: 2, insertSpaces: true },
      newName: this.pick(['a', '', 'x y', 'default', '!*']),
      query: this.pick(['', 'vm', '😀']),
      previousResultId: this.pick(['', '1', 'zzz']),
      previousResultIds: [],
    };
  }

  private async ask<T>(method: string, params: unknown, isSound: boolean): Promise<T | undefined> {
    const began = performance.now();
    this.tally.requests++;
    try {
      return await this.server.request<T>(method, params);
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      this.tally.refused++;
      // A refusal has a reason; a handler that broke says that the log knows more.
      const isBroken = /failed; the log|took too long/.test(error.message);
      if (isSound && isBroken)
        this.tally.failures.push(`${method} ${JSON.stringify(params)}\n${JSON.stringify(this.text)}`);
      return undefined;
    } finally {
      this.tally.slowestMs = Math.max(this.tally.slowestMs, performance.now() - began);
    }
  }

  /** Takes an item or an action that is offered, as a person would. */
  private async accept(): Promise<void> {
    const params = this.params();
    const list = await this.ask<CompletionList>('textDocument/completion', params, true);
    const actions = await this.ask<CodeAction[]>('textDocument/codeAction', params, true);
    const edits = [
      ...(list?.items ?? []).flatMap(({ textEdit }) =>
        textEdit !== undefined && 'range' in textEdit ? [textEdit] : [],
      ),
      ...(actions ?? []).flatMap(({ edit }) => {
        const own = edit?.changes?.[uri] ?? [];
        return own.length === 1 ? own : [];
      }),
    ];
    if (edits.length === 0) return;
    const { range, newText } = this.pick(edits);
    const { start, end } = documentOf(this.text).span(range);
    this.text = this.text.slice(0, start) + newText + this.text.slice(end);
    this.server.change(uri, newText, range);
    this.tally.edits++;
  }
}

test(
  'whatever is typed and asked, every request has its answer and nothing breaks',
  async () => {
    const server = await TestClient.start({ capabilities: vscode });
    client = server;
    const session = new Session(server, numbers(seed));
    const end = Date.now() + forMs;
    while (Date.now() < end && session.tally.failures.length === 0) await session.step();
    const { failures, ...figures } = session.tally;
    if (isLong) console.info(JSON.stringify({ seed, forMs, ...figures }));
    expect(failures, `AGENTWORKS_FUZZ_SEED=${seed}`).toEqual([]);
    expect(figures.requests).toBeGreaterThan(20);
    // Generous, since other work shares the processor; what would be wrong is far beyond.
    expect(figures.slowestMs).toBeLessThan(9000);
    expect(figures.highestMb).toBeLessThan(500);
    expect(server.stderr).not.toMatch(/uncaught|unhandled/i);
    server.change(uri, '[vm_templates.a]\ncpus = 2\n');
    const hover = await server.at('textDocument/hover', uri, { line: 1, character: 1 });
    expect(JSON.stringify(hover)).toContain('Virtual processors');
  },
  forMs + 120_000,
);
