import type { Connection } from 'vscode-languageserver';
import type { Context } from './context.ts';
import { diagnosticsOf } from './features/diagnostics.ts';

/** After a quiet time the first key is answered at once; keys in a row share an answer. */
const firstDelayMs = 10;
/** Time between two answers, as a multiple of what the last one took: the rest is left to other requests. */
const restFactor = 2;
const longestDelayMs = 500;

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

  constructor(connection: Connection, context: Context) {
    this.connection = connection;
    this.context = context;
  }

  changed(uri: string): void {
    if (this.context.client.pullsDiagnostics) return;
    const state = this.pending.get(uri) ?? {
      timer: undefined,
      isRunning: false,
      isStale: false,
      costMs: 0,
      finishedAt: 0,
    };
    this.pending.set(uri, state);
    if (state.isRunning) state.isStale = true;
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
    const rest = Math.min(longestDelayMs, state.costMs * restFactor) - (performance.now() - state.finishedAt);
    state.timer = setTimeout(() => void this.run(uri, state), Math.max(firstDelayMs, rest));
  }

  private async run(uri: string, state: Pending): Promise<void> {
    state.timer = undefined;
    state.isRunning = true;
    state.isStale = false;
    const began = performance.now();
    try {
      const document = this.context.documents.get(uri);
      if (document !== undefined) {
        const diagnostics = diagnosticsOf(document, await this.context.findings.of(document), this.context);
        if (this.pending.get(uri) === state && this.context.documents.get(uri) === document) {
          void this.connection.sendDiagnostics({ uri, version: document.version, diagnostics });
        } else state.isStale = true;
      }
    } catch (error) {
      this.context.log(`Diagnostics of ${uri}: ${error instanceof Error ? error.stack : String(error)}`);
    }
    state.costMs = performance.now() - began;
    state.finishedAt = performance.now();
    state.isRunning = false;
    if (state.isStale && this.pending.get(uri) === state) this.schedule(uri, state);
  }
}
