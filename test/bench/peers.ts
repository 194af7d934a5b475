import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Diagnostic, PublishDiagnosticsParams } from 'vscode-languageserver';
import { TestClient } from '../server/client.ts';
import { type BenchText, benchText } from './configText.ts';

/** Development dependencies of the bench alone: installed at its first run, not with everything else. */
const packages = { '@tombi-toml/cli-linux-x64': '1.5.5', 'yaml-language-server': '1.25.0' };

/** Installs the peers into a folder that stays; undefined where that does not work (no network, another system). */
export function installPeers(folder: string): string | undefined {
  const modules = join(folder, 'node_modules');
  const isThere = Object.entries(packages).every(([name, version]) => {
    const manifest = join(modules, name, 'package.json');
    return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === version;
  });
  if (isThere) return modules;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const wanted = Object.entries(packages).map(([name, version]) => `${name}@${version}`);
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--no-save', ...wanted], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status === 0 ? modules : undefined;
}

export interface Peer {
  name: string;
  command: readonly [string, ...string[]];
  language: 'toml' | 'yaml';
  /** First line, which names the schema in the form that the server reads. */
  head(schema: string): string;
  /** It takes whole texts only. */
  isFullSync?: true;
}

export const ours = (program: string): Peer => ({
  name: 'agentworks',
  command: [process.execPath, program, 'lsp', '--stdio'],
  language: 'toml',
  head: () => '# No schema: it is built in.',
});

export const tombi = (modules: string): Peer => ({
  name: 'tombi',
  command: [join(modules, '@tombi-toml', 'cli-linux-x64', 'tombi'), 'lsp', '--offline'],
  language: 'toml',
  head: (schema) => `#:schema ${schema}`,
  isFullSync: true,
});

export const yaml = (modules: string): Peer => ({
  name: 'yaml-language-server',
  command: [process.execPath, join(modules, 'yaml-language-server', 'bin', 'yaml-language-server'), '--stdio'],
  language: 'yaml',
  head: (schema) => `# yaml-language-server: $schema=${schema}`,
});

const capabilities = {
  workspace: { applyEdit: true },
  textDocument: {
    synchronization: { didSave: true },
    publishDiagnostics: { versionSupport: true },
    completion: { completionItem: { snippetSupport: true } },
  },
};

/** One server with one open text, whose fault in the middle can be put in and taken out. */
export class Session {
  readonly text: BenchText;
  private readonly peer: Peer;
  private readonly client: TestClient;
  private readonly uri: string;
  private current: string;
  private hasFault = false;

  private constructor(peer: Peer, client: TestClient, uri: string, text: BenchText) {
    this.peer = peer;
    this.client = client;
    this.uri = uri;
    this.text = text;
    this.current = text.text;
  }

  /** Starts a server on a text with the fault in it; resolves when the fault is reported, with the time that took. */
  static async start(peer: Peer, lines: number, folder: string): Promise<{ session: Session; ms: number }> {
    const home = join(folder, peer.name);
    const config = join(home, '.config', 'agentworks');
    mkdirSync(config, { recursive: true });
    const text = benchText(lines, peer.language, peer.head(`file://${join(folder, 'schema.json')}`));
    const path = join(config, peer.language === 'toml' ? 'config.toml' : 'config.yaml');
    writeFileSync(path, text.text);
    const began = performance.now();
    const client = await TestClient.start({ capabilities, home, command: peer.command, rootUri: `file://${config}` });
    const session = new Session(peer, client, `file://${path}`, text);
    session.current = session.toggled();
    session.hasFault = true;
    client.open(session.uri, session.current);
    await session.reported();
    return { session, ms: performance.now() - began };
  }

  /** Puts the fault in or out; the time until the diagnostics of that line say so. */
  async toggle(): Promise<number> {
    this.client.received.length = 0;
    const { line, character, length } = this.text.fault;
    const end = character + (this.hasFault ? faulty.length : length);
    const next = this.toggled();
    const inserted = this.hasFault ? this.original : faulty;
    this.hasFault = !this.hasFault;
    this.current = next;
    const began = performance.now();
    this.edit(inserted, { start: { line, character }, end: { line, character: end } });
    await this.reported();
    return performance.now() - began;
  }

  /** Types one letter of a key in the middle and asks what it may become; the time until the answer. */
  async complete(): Promise<number> {
    const { line, character } = this.text.free;
    const before = this.current;
    const indent = ' '.repeat(character);
    const added = `s\n${indent}`;
    const lines = before.split('\n');
    lines.splice(line, 1, `${indent}s`, lines[line] ?? '');
    this.current = lines.join('\n');
    const began = performance.now();
    this.edit(added, { start: { line, character }, end: { line, character } });
    const answer = await this.client.at<{ items?: unknown[] } | unknown[]>('textDocument/completion', this.uri, {
      line,
      character: character + 1,
    });
    const elapsed = performance.now() - began;
    const items = Array.isArray(answer) ? answer : (answer?.items ?? []);
    if (items.length === 0) throw new Error(`${this.peer.name} offers nothing.`);
    this.current = before;
    this.edit('', { start: { line, character }, end: { line: line + 1, character } });
    return elapsed;
  }

  /** One edit whose effect is waited for by a question about the text. */
  async editAndAsk(): Promise<void> {
    const { line, character, length } = this.text.fault;
    const end = character + (this.hasFault ? faulty.length : length);
    const inserted = this.hasFault ? this.original : faulty;
    this.current = this.toggled();
    this.hasFault = !this.hasFault;
    this.edit(inserted, { start: { line, character }, end: { line, character: end } });
    await this.client.at('textDocument/hover', this.uri, { line, character });
    this.client.received.length = 0;
  }

  /** Memory of the process, MB. */
  residentMb(): number {
    const status = readFileSync(`/proc/${this.client.child.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  }

  async stop(): Promise<void> {
    await this.client.stop();
  }

  private get original(): string {
    const { line, character, length } = this.text.fault;
    return (this.text.text.split('\n')[line] ?? '').slice(character, character + length);
  }

  private toggled(): string {
    const { line, character, length } = this.text.fault;
    const lines = this.current.split('\n');
    const old = lines[line] ?? '';
    const end = character + (this.hasFault ? faulty.length : length);
    lines[line] = old.slice(0, character) + (this.hasFault ? this.original : faulty) + old.slice(end);
    return lines.join('\n');
  }

  private edit(text: string, range: Parameters<TestClient['change']>[2]): void {
    if (this.peer.isFullSync === true) this.client.change(this.uri, this.current);
    else this.client.change(this.uri, text, range);
  }

  /** Waits until the line of the fault is reported as it is. */
  private async reported(): Promise<void> {
    const isOnLine = ({ range }: Diagnostic) => range.start.line === this.text.fault.line;
    await this.client.until(() => {
      const last = this.client.received.findLast(({ method }) => method === 'textDocument/publishDiagnostics');
      const diagnostics = (last?.params as PublishDiagnosticsParams | undefined)?.diagnostics;
      const isRight = diagnostics !== undefined && diagnostics.some(isOnLine) === this.hasFault;
      return isRight ? true : undefined;
    });
  }
}

const faulty = '"many"';
