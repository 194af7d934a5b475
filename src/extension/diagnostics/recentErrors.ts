import type * as vscode from 'vscode';

export interface RecentError {
  /** ISO. */
  at: string;
  level: 'warning' | 'error';
  text: string;
}

const kept = 30;
const longest = 2_000;

/** The last warnings and errors of this window, for whoever reports a problem. */
export class RecentErrors {
  #all: RecentError[] = [];
  readonly #now: () => number;

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  get all(): readonly RecentError[] {
    return this.#all;
  }

  add(level: RecentError['level'], text: string): void {
    const at = new Date(this.#now()).toISOString();
    this.#all = [...this.#all.slice(1 - kept), { at, level, text: text.slice(0, longest) }];
  }

  /** The same channel, listened to. */
  listeningTo(log: vscode.LogOutputChannel): vscode.LogOutputChannel {
    const spy = (level: RecentError['level'], write: (text: string | Error, ...more: unknown[]) => void) => ({
      value: (text: string | Error, ...more: unknown[]) => {
        this.add(level, text instanceof Error ? text.message : text);
        write(text, ...more);
      },
    });
    return Object.create(log, {
      warn: spy('warning', (text, ...more) => log.warn(String(text), ...more)),
      error: spy('error', (text, ...more) => log.error(text, ...more)),
    });
  }
}
