import type * as vscode from 'vscode';
import type { Output } from '../core/commands/output.ts';
import type { Engine } from '../core/engine.ts';
import type { Front } from './front.ts';
import type { Thing } from './thing.ts';
import type { Fleet } from './trees/fleet.ts';

export type Values = Record<string, unknown>;

export interface RunOptions {
  /** Text of the progress notification; the verb's title otherwise. */
  title?: string;
  /** The result is used by the caller and not shown. */
  isQuiet?: boolean;
}

/** Runs verbs of the command table as a person asked for them: with questions, progress, and errors shown. */
export interface Verbs {
  /** Values by camelCase parameter name; what is missing is asked for. Undefined: given up, or failed and shown. */
  run(verb: string, values?: Values, options?: RunOptions): Promise<Output | undefined>;
  /** On everything that was chosen: asks once for all, says at the end how many went well. */
  runOn(verb: string, things: readonly Thing[]): Promise<void>;
  /** Asks which verb, and shows as a document what it would do. */
  showPlan(things: readonly Thing[]): Promise<void>;
  /** A feature does this verb in its own way: a terminal, a document. What is missing has been asked for. */
  takeOver(verb: string, run: (values: Values) => Promise<void>): vscode.Disposable;
  /** Fires when a verb has ended well: something may be new, or gone. */
  readonly onDidRun: vscode.Event<{ verb: string; values: Values; output: Output }>;
}

/** People's terminals: the bundled CLI in VS Code's terminal, on the operator's side. */
export interface Terminals {
  /** `verb`: one that takes over the terminal, such as `session.attach`; `args`: its arguments as on a command line. */
  open(verb: string, args: readonly string[], options?: { isPreserveFocus?: boolean }): Promise<void>;
}

/** What the features of the extension are given; made once by `compose.ts`. Everything in it is cheap until it is used. */
export interface Parts {
  readonly context: vscode.ExtensionContext;
  readonly front: Front;
  readonly log: vscode.LogOutputChannel;
  /** The shared engine, opened at first use and closed when the window goes. */
  engine(): Promise<Engine>;
  readonly verbs: Verbs;
  readonly terminals: Terminals;
  readonly fleet: Fleet;
}

/** A feature registers what it contributes and hands back how to take it away. */
export type Register = (parts: Parts) => vscode.Disposable;
