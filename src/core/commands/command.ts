import type { Engine } from '../engine.ts';
import type { OperationContext } from '../events.ts';
import type { Output } from './output.ts';

/** Where a parameter's values come from: completion, pickers and validation all use it. */
export type ValueSource =
  | { kind: 'choices'; values: readonly string[] }
  | { kind: 'vm' | 'workspace' | 'agent' | 'session' | 'platform' }
  | { kind: 'vmTemplate' | 'agentTemplate' | 'workspaceTemplate' | 'sessionTemplate' }
  | { kind: 'gitCredential' | 'catalogEntry' | 'operation' | 'shell' | 'salvage' }
  | { kind: 'path' }
  /** A name that nothing of this kind has yet. */
  | { kind: 'new'; of: 'vm' | 'workspace' | 'agent' | 'session' }
  | { kind: 'none' };

interface ParamBase {
  /** Long flag or argument name, kebab-case: `dry-run`, `name`. */
  name: string;
  help: string;
  /** One letter, for flags. */
  short?: string;
  source?: ValueSource;
  /** It may be left out, but a form has a page for it. */
  isAsked?: boolean;
  /** It says something only together with this flag. */
  needs?: string;
  /** Does the same in another way as this parameter: a form asks for it when that one was left out. */
  insteadOf?: string;
}

/**
 * One input of a verb. `position`: `argument` stands without a flag; `rest` takes everything after the arguments
 * (a remote command, options included). `isList`: repeatable, or comma-separated.
 */
export type Param =
  | (ParamBase & {
      type: 'text';
      position: 'argument' | 'option' | 'rest';
      isRequired?: boolean;
      isList?: boolean;
      /** Of a list: each occurrence is one member, commas and blanks included. */
      isVerbatim?: boolean;
      /** Shown in help; applied by `run`, not by the parser. */
      defaultText?: string;
      /** Environment-independent check; a sentence when refused. */
      validate?: (value: string) => string | undefined;
    })
  | (ParamBase & { type: 'integer'; position: 'option'; minimum?: number; maximum?: number; defaultText?: string })
  | (ParamBase & { type: 'flag'; position: 'option' });

/** Parsed values by camelCase name; lists are arrays, absent ones undefined, flags booleans. */
export type ParamValues = Record<string, string | number | boolean | string[] | undefined>;

/** What a verb may use beside the engine. */
export interface CommandIo extends OperationContext {
  /** Streams of the caller, for `exec`-like verbs. Undefined in front ends without them. */
  readonly streams:
    | {
        stdin: NodeJS.ReadableStream & { isTTY?: boolean };
        stdout: NodeJS.WritableStream;
        stderr: NodeJS.WritableStream;
      }
    | undefined;
  /** `--json`: output is data only. */
  readonly isJson: boolean;
  /** Serves an editor until it leaves; resolves with the exit code. Undefined in programs without a language server. */
  readonly serveLanguage?: ((engine: Engine) => Promise<number>) | undefined;
}

export interface Command {
  /** `workspace.create`; nested groups by more dots: `agent.workspace-grants.grant`. */
  id: string;
  /** As a command of an editor, where the words of the id do not say it: `Open shell on VM`. */
  title?: string;
  summary: string;
  /** Longer help, Markdown paragraphs; with examples. */
  description?: string;
  examples?: readonly string[];
  params: readonly Param[];
  /** What must be usable before it runs. */
  needs: readonly ('config' | 'state')[];
  effect: 'read' | 'write' | 'destroy';
  /** Verbs that hand over the terminal or stream have no JSON form. */
  isInteractive?: boolean;
  /** Small and easily undone: a front end with buttons runs it without a last look at the plan. */
  isLight?: boolean;
  /** Serves another program; no person runs it. */
  isForPrograms?: boolean;
  /** Loaded only when the verb runs: start-up reads declarations alone. */
  run(engine: Engine, params: ParamValues, io: CommandIo): Promise<Output>;
}

/** Shared parameters, so that the same flag means the same everywhere. */
export const commonParams = {
  yes: { type: 'flag', position: 'option', name: 'yes', short: 'y', help: 'Do not ask for confirmation' },
  dryRun: { type: 'flag', position: 'option', name: 'dry-run', help: 'Show what would be done and change nothing' },
  force: { type: 'flag', position: 'option', name: 'force', help: 'Go on although something depends on it' },
  unsalvaged: {
    type: 'text',
    position: 'option',
    name: 'unsalvaged',
    help: 'Say its name back: what cannot be saved may be lost',
  },
} as const satisfies Record<string, Param>;
