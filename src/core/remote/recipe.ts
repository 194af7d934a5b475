import type { Script } from './quote.ts';

/** Who a step runs as. `root` and `admin` are fixed; an account is a Linux user name such as `agt--x`. */
export type RunAs = 'root' | 'admin' | { account: string };

/** A file that a step puts in place: written by the step's own user to a temporary name, then renamed. */
export interface StepFile {
  /** Absolute, or `~/…` for the home of the step's user. Parent directories are made (0755 for root, 0700 else). */
  path: string;
  content: string | Uint8Array;
  /** Octal, e.g. 0o644. */
  mode: number;
}

/** A large input, streamed before the script into a 0700 folder of the account that reads it. */
export interface Payload {
  /** Becomes the environment variable `AW_PAYLOAD_<NAME>` (a path) in steps of `reader`. `[A-Z0-9_]+`. */
  name: string;
  reader: RunAs;
  bytes: Uint8Array;
}

/**
 * When a step has nothing to do.
 * - `script`: exit 0 means satisfied; it is run again after `apply` and must then hold. Runs as `checkAs` (default
 *   the step's user) under `timeout`.
 * - `stamp`: satisfied when this digest was recorded for the step by an earlier success. For what has no test.
 * - `files`: satisfied when every file of the step is there with content and mode.
 * - `always`: runs each time.
 */
export type Check = { script: Script } | { stamp: string } | 'files' | 'always';

export interface Step {
  /** Stable, unique within the recipe: `[a-z0-9-]+`. Stamps are recorded under it. */
  id: string;
  /** Sentence case, for people: "Install base packages". */
  title: string;
  as: RunAs;
  check: Check;
  checkAs?: RunAs;
  /** Run with `bash -euo pipefail` semantics, stdin closed, cwd the user's home. Its last stdout line never is data; use `result`. */
  apply?: Script;
  /** Put in place before `apply` runs. */
  files?: StepFile[];
  /** Names of `Recipe.secrets`; each is a readable path in `$AW_SECRET_<NAME>` while the step runs. */
  secrets?: string[];
  /** Apply through the user's login shell (`-l`), where its PATH is the point. */
  isLogin?: boolean;
  /** Default true: a failure ends the recipe. Otherwise it is a warning and the recipe goes on. */
  isFatal?: boolean;
  /** Ends the step's process group; default 300. */
  timeoutSeconds?: number;
  /** Ids of earlier steps this one's check needs; in a plan it then shows as `depends`. */
  needs?: string[];
}

/** Work on one machine: idempotent, planned for free, sent in one piece. */
export interface Recipe {
  /** What the work is for. With it `machines.apply` records `applied` (outcome, steps, resolved template) by itself. */
  subject?: {
    kind: 'vm' | 'workspace' | 'agent' | 'session';
    name: string;
    template: string;
    /** The resolved template, JSON; never secrets. */
    resolved: unknown;
    configDigest: string;
  };
  /** Names whose stamps these are; default `vm`. Recipes for several agents or workspaces give `agent:<name>`…  */
  scope?: string;
  /** What an ended program left under way on the same thing is ended, not waited for: it is removed anyway. */
  endsEarlier?: boolean;
  /** Operation name of the log and of `applied`: `vm-init`, `agent-create`… */
  operation: string;
  /** For people: "Initialize VM dev". */
  title: string;
  steps: Step[];
  /** `NAME` → value; travels on stdin into memory-backed 0600 files, removed when the step ends. */
  secrets?: Record<string, string>;
  payloads?: Payload[];
}

export type StepOutcome =
  | { id: string; title: string; status: 'satisfied' | 'changed'; elapsedMs: number }
  | { id: string; title: string; status: 'failed'; elapsedMs: number; detail: string; exit: number; output: string[] }
  | { id: string; title: string; status: 'skipped'; detail: string };

export interface RecipeResult {
  operationId: string;
  /** False when a fatal step failed; non-fatal failures leave it true and are in `warnings`. */
  isComplete: boolean;
  steps: StepOutcome[];
  warnings: string[];
  /**
   * What steps told us: lines `key value` written to `$AW_RESULT` by root steps only (`aw_result key value` in
   * scripts). Untrusted where the value came from an agent. `warning` is shown as one.
   */
  results: Record<string, string>;
  bootId: string;
  logPath: string | undefined;
}

export interface PlanStep {
  id: string;
  title: string;
  as: string;
  status: 'satisfied' | 'would-change' | 'depends';
}

export interface Plan {
  title: string;
  vm: string;
  steps: PlanStep[];
}
