/** How one step of a recipe stands. `satisfied`: nothing to do. `depends`: known only once an earlier step has run. */
export type StepStatus = 'running' | 'satisfied' | 'changed' | 'failed' | 'skipped' | 'would-change' | 'depends';

/**
 * What the engine says while it works. Front ends make sentences, bars and notifications of it.
 * Text that came from a machine is untrusted: renderers strip control characters.
 */
export type EngineEvent =
  | { type: 'info'; text: string }
  | { type: 'warning'; text: string; hint?: string | undefined }
  /** A recipe begins on a machine. `logPath` is the operation log on the operator's disk. */
  | { type: 'operation'; id: string; title: string; vm: string; steps: number; logPath: string | undefined }
  | {
      type: 'step';
      operation: string;
      id: string;
      title: string;
      status: StepStatus;
      /** 1-based position and number of steps. */
      index: number;
      total: number;
      /** Why it failed or was skipped, one line. */
      detail?: string | undefined;
      elapsedMs?: number | undefined;
    }
  /** One line that a step printed. */
  | { type: 'output'; operation: string; step: string; text: string }
  /** Long work outside a recipe: a download, a boot. `total` undefined: not known. */
  | {
      type: 'progress';
      id: string;
      title: string;
      done?: number | undefined;
      total?: number | undefined;
      unit?: 'bytes' | 'seconds' | 'items' | undefined;
      status: 'running' | 'done' | 'failed';
    };

export type Report = (event: EngineEvent) => void;

/** Every operation takes this: cancel reaches the socket, progress reaches the person. */
export interface OperationContext {
  readonly signal: AbortSignal;
  readonly report: Report;
}
