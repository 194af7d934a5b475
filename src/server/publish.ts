import type { Connection } from 'vscode-languageserver';
import type { Finding } from '../core/config/problems.ts';
import type { Context } from './context.ts';
import type { ConfigDocument } from './document.ts';
import { diagnosticsOf } from './features/diagnostics.ts';
import { turn } from './turn.ts';

/** After a quiet time the first key is answered at once, behind requests that came with it; keys in a row share an answer. */
const firstDelayMs = 2;
/** Time between two answers, as a multiple of what the last one took: the rest is left to other requests. */
const restFactor = 2;
const longestDelayMs = 500;

/** Of a clock that never jumps. The first use of `performance` would load a module of Node's. */
const nowMs = (): number => process.uptime() * 1000;

interface Pending {
  timer: NodeJS.Timeout | undefined;
  isRunning: boolean;
  isStale: boolean;
  costMs: number;
  finishedAt: number;
}

/** Sends diagnostics to clients that do not ask for them. Nothing runs while nothing changes. */
export class Publisher {
  private readonly pending = new Map<string, Pending>();
  private readonly connection: Connection;
  private readonly context: Context;
  private readonly onDone: () => void;

  constructor(connection: Connection, context: Context, onDone: () => void) {
    this.connection = connection;
    this.context = context;
    this.onDone = onDone;
  }

  changed(uri: string): void {
    if (this.context.client.pullsDiagnostics) return;
    const state = this.pending.get(uri);
    if (state === undefined) {
      const first = { timer: undefined, isRunning: false, isStale: false, costMs: 0, finishedAt: 0 };
      this.pending.set(uri, first);
      void this.run(uri, first, true);
    } else if (state.isRunning) state.isStale = true;
    else if (state.timer === undefined) this.schedule(uri, state);
  }

  /** Files of this machine changed: what depends on them is judged again. */
  diskChanged(): void {
    this.context.findings.forgetDisk();
    if (!this.context.client.pullsDiagnostics) {
      for (const uri of this.context.documents.uris) this.changed(uri);
    } else if (this.context.client.canRefreshDiagnostics) {
      this.connection.languages.diagnostics.refresh();
    }
  }

  closed(uri: string): void {
    clearTimeout(this.pending.get(uri)?.timer);
    this.pending.delete(uri);
    if (!this.context.client.pullsDiagnostics) void this.connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  private schedule(uri: string, state: Pending): void {
    const rest = Math.min(longestDelayMs, state.costMs * restFactor) - (nowMs() - state.finishedAt);
    state.timer = setTimeout(() => void this.run(uri, state, false), Math.max(firstDelayMs, rest));
  }

  /** Of a file that was just opened, what its text says is sent before anything else is read. */
  private async run(uri: string, state: Pending, isFirst: boolean): Promise<void> {
    state.timer = undefined;
    state.isRunning = true;
    state.isStale = false;
    if (!isFirst) await turn();
    const began = nowMs();
    try {
      const document = this.context.documents.get(uri);
      if (document !== undefined) {
        const { findings } = this.context;
        const ofText = isFirst ? findings.ofText(document) : undefined;
        if (ofText !== undefined) await this.send(document, ofText);
        const all = await findings.of(document);
        if (this.pending.get(uri) !== state || this.context.documents.get(uri) !== document) state.isStale = true;
        else if (all.length !== ofText?.length) void this.send(document, all);
      }
    } catch (error) {
      this.context.log(`Diagnostics of ${uri}: ${error instanceof Error ? error.stack : String(error)}`);
    }
    state.costMs = nowMs() - began;
    state.finishedAt = nowMs();
    state.isRunning = false;
    if (state.isStale && this.pending.get(uri) === state) this.schedule(uri, state);
    this.onDone();
  }

  /** Resolves when it is written. */
  private async send(document: ConfigDocument, findings: readonly Finding[]): Promise<void> {
    const { uri, version } = document;
    const diagnostics = diagnosticsOf(document, findings, this.context);
    await this.connection.sendDiagnostics({ uri, version, diagnostics });
  }
}
