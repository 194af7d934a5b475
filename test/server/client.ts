import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  ClientCapabilities,
  Diagnostic,
  InitializeResult,
  Position,
  PublishDiagnosticsParams,
  Range,
} from 'vscode-languageserver';
import { bare } from './profiles.ts';

export const program = join(import.meta.dirname, '..', '..', 'dist', 'agentworks.cjs');

interface Message {
  id?: number | string;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { code: number; message: string };
}

export interface StartOptions {
  /** Default: a client that declares nothing. */
  capabilities?: ClientCapabilities;
  /** Home of the operator; default: an empty folder. */
  home?: string;
  documentation?: string;
  rootUri?: string | null;
  /** Another server than ours. */
  command?: Command;
}

type Command = readonly [program: string, ...args: string[]];

/** A reply that was an error. */
export class ReplyError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** A scripted editor that talks to the packed server over stdio, with a JSON-RPC of its own. */
export class TestClient {
  readonly child: ChildProcessWithoutNullStreams;
  readonly home: string;
  readonly exited: Promise<number | null>;
  /** Everything the server sent that was not a reply. */
  readonly received: Message[] = [];
  stderr = '';
  initialized: InitializeResult | undefined;
  private readonly ownsHome: boolean;
  private buffer = Buffer.alloc(0);
  private nextId = 1;
  private isOver = false;
  /** What waits for the server, to be told when it ends. Removed at once, so that hours of requests keep nothing. */
  private readonly replies = new Map<number, { take: (message: Message) => void; fail: (error: Error) => void }>();
  private readonly waiting = new Set<{ wake: () => void; fail: (error: Error) => void }>();
  private readonly versions = new Map<string, number>();

  constructor(home?: string, command: Command = [process.execPath, program, 'lsp', '--stdio']) {
    this.ownsHome = home === undefined;
    this.home = home ?? mkdtempSync(join(tmpdir(), 'agentworks-server-'));
    const env = { PATH: process.env.PATH ?? '', HOME: this.home, USERPROFILE: this.home };
    const [file, ...args] = command;
    this.child = spawn(file, args, { env, cwd: this.home });
    this.child.stdout.on('data', (data: Buffer) => this.read(data));
    this.child.stderr.on('data', (data: Buffer) => {
      this.stderr += String(data);
    });
    this.child.stdin.on('error', () => {});
    this.exited = new Promise((resolve) =>
      this.child.on('exit', (code) => {
        resolve(code);
        this.isOver = true;
        for (const { fail } of [...this.replies.values(), ...this.waiting]) fail(this.ended());
      }),
    );
  }

  /** A server that has been greeted. */
  static async start(options: StartOptions = {}): Promise<TestClient> {
    const client = new TestClient(options.home, options.command);
    client.initialized = (await client.request('initialize', {
      processId: process.pid,
      rootUri: options.rootUri ?? null,
      capabilities: options.capabilities ?? bare,
      ...(options.documentation === undefined
        ? {}
        : { initializationOptions: { documentation: options.documentation } }),
    })) as InitializeResult;
    client.notify('initialized', {});
    return client;
  }

  /** Sends a request; rejects with `ReplyError`. */
  request<T = unknown>(method: string, params: unknown): Promise<T> {
    const { reply } = this.ask<T>(method, params);
    return reply;
  }

  /** The same with its id, for what is cancelled. */
  ask<T = unknown>(method: string, params: unknown): { id: number; reply: Promise<T> } {
    const id = this.nextId++;
    const reply = new Promise<T>((resolve, reject) => {
      if (this.isOver) return reject(this.ended());
      this.replies.set(id, {
        take: ({ result, error }) => {
          if (error === undefined) resolve(result as T);
          else reject(new ReplyError(error.code, error.message));
        },
        fail: reject,
      });
    });
    this.write({ jsonrpc: '2.0', id, method, params });
    return { id, reply };
  }

  notify(method: string, params: unknown): void {
    this.write({ jsonrpc: '2.0', method, params });
  }

  /** Bytes as they are, for what no client would send. */
  raw(text: string): void {
    this.child.stdin.write(text);
  }

  open(uri: string, text: string): void {
    this.versions.set(uri, 1);
    this.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'toml', version: 1, text } });
  }

  /** One incremental change; without a range, the whole text. Returns the version it made. */
  change(uri: string, text: string, range?: Range): number {
    const version = (this.versions.get(uri) ?? 0) + 1;
    this.versions.set(uri, version);
    const contentChanges = [range === undefined ? { text } : { range, text }];
    this.notify('textDocument/didChange', { textDocument: { uri, version }, contentChanges });
    return version;
  }

  close(uri: string): void {
    this.notify('textDocument/didClose', { textDocument: { uri } });
  }

  /** A request about a position. */
  at<T = unknown>(method: string, uri: string, position: Position, more: object = {}): Promise<T> {
    return this.request<T>(method, { textDocument: { uri }, position, ...more });
  }

  /** What was pushed for this version, waiting for it; without a version, whatever comes next or came last. */
  async diagnostics(uri: string, version?: number): Promise<Diagnostic[]> {
    const isIt = ({ method, params }: Message) => {
      const pushed = params as PublishDiagnosticsParams;
      return (
        method === 'textDocument/publishDiagnostics' &&
        pushed.uri === uri &&
        (version === undefined || pushed.version === version)
      );
    };
    const message = await this.until(() => this.received.findLast(isIt));
    return (message.params as PublishDiagnosticsParams).diagnostics;
  }

  /** Waits until the test finds what it looks for among what the server sends. */
  async until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await new Promise<void>((resolve, reject) => {
        if (this.isOver) reject(this.ended());
        else this.waiting.add({ wake: resolve, fail: reject });
      });
    }
  }

  /** Leaves as an editor does; resolves with the exit code. */
  async stop(): Promise<number | null> {
    if (this.child.exitCode === null) {
      await this.request('shutdown', undefined);
      this.notify('exit', undefined);
    }
    const code = await this.exited;
    if (this.ownsHome) rmSync(this.home, { recursive: true, force: true });
    return code;
  }

  private ended(): Error {
    return new Error(`The server ended with ${this.child.exitCode ?? this.child.signalCode}: ${this.stderr}`);
  }

  private write(message: object): void {
    const body = JSON.stringify(message);
    this.child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  private read(data: Buffer): void {
    this.buffer = Buffer.concat([this.buffer, data]);
    for (;;) {
      const headerEnd = this.buffer.indexOf('\r\n\r\n');
      if (headerEnd < 0) return;
      const length = Number(/Content-Length: (\d+)/.exec(this.buffer.subarray(0, headerEnd).toString())?.[1]);
      const end = headerEnd + 4 + length;
      if (this.buffer.length < end) return;
      const message = JSON.parse(this.buffer.subarray(headerEnd + 4, end).toString()) as Message;
      this.buffer = this.buffer.subarray(end);
      this.take(message);
    }
  }

  private take(message: Message): void {
    if (message.method === undefined) {
      const reply = this.replies.get(Number(message.id));
      this.replies.delete(Number(message.id));
      reply?.take(message);
    } else {
      this.received.push(message);
      // Requests of the server (registration, refresh) are granted.
      if (message.id !== undefined) this.write({ jsonrpc: '2.0', id: message.id, result: null });
    }
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const { wake } of waiting) wake();
  }
}
