import { AppError } from '../errors.ts';
import type { Report } from '../events.ts';
import type { OperationLog } from '../ports/log.ts';
import { stripControls } from '../text.ts';
import type { Vm } from '../vm/model.ts';
import { accountOf } from './compile.ts';
import type { Frame, Outcome } from './frames.ts';
import type { Plan, PlanStep, Recipe, RecipeResult, StepOutcome } from './recipe.ts';

/** Last lines of a step's output that an error shows. */
const shownLines = 12;

/** More than any recipe gives; bounds what a broken machine can make us keep. */
const mostResults = 1000;

/** Exit codes that the runner itself gives. */
const codeText = (code: number, timeoutSeconds: number): string => {
  if (code === 124 || code === 137) return `it did not finish within ${timeoutSeconds} s`;
  if (code === 126) return 'it ran, but its check still fails';
  return `exit code ${code}`;
};

/** What to do when a machine has no room left; what ends or removes things works there all the same. */
export const diskFull = (vm: string, message: string, data?: Record<string, unknown>): AppError =>
  new AppError('disk-full', message, {
    hint: `Make room: remove files, delete an agent (agentworks agent delete), or see how full it is (agentworks vm describe ${vm}). Then run the same command again.`,
    data: { vm, ...data },
  });

/** Turns frames into events, log entries and the result. */
export class RecipeProgress {
  readonly id: string;
  readonly #vm: Vm;
  readonly #recipe: Recipe;
  readonly #report: Report;
  readonly #log: OperationLog | undefined;
  readonly #redact: (text: string) => string;
  readonly #output = new Map<number, string[]>();
  readonly #ends = new Map<number, Extract<Frame, { type: 'end' }>>();
  readonly #results = new Map<string, string>();

  constructor(parts: {
    id: string;
    vm: Vm;
    recipe: Recipe;
    report: Report;
    log: OperationLog | undefined;
    redact: (text: string) => string;
  }) {
    const { id, vm, recipe, report, log } = parts;
    this.id = id;
    this.#redact = parts.redact;
    this.#vm = vm;
    this.#recipe = recipe;
    this.#report = report;
    this.#log = log;
    report({
      type: 'operation',
      id,
      title: recipe.title,
      vm: vm.name,
      steps: recipe.steps.length,
      logPath: log?.path,
    });
  }

  readonly onFrame = (frame: Frame): void => {
    if (frame.type === 'result') {
      if (this.#results.size < mostResults) this.#results.set(frame.key, frame.value);
      return;
    }
    if (frame.type === 'outcome') return;
    const step = this.#recipe.steps[frame.index - 1];
    if (step === undefined) return;
    const position = {
      operation: this.id,
      id: step.id,
      title: step.title,
      index: frame.index,
      total: this.#recipe.steps.length,
    };
    switch (frame.type) {
      case 'start':
        this.#log?.write('step', step.title, { step: step.id, as: accountOf(step.as, this.#vm.adminUser) });
        this.#report({ type: 'step', ...position, status: 'running' });
        break;
      case 'output': {
        const text = this.#redact(stripControls(frame.text));
        const lines = this.#output.get(frame.index) ?? [];
        this.#output.set(frame.index, [...lines, text].slice(-shownLines));
        this.#log?.write('output', text, { step: step.id });
        this.#report({ type: 'output', operation: this.id, step: step.id, text });
        break;
      }
      case 'end': {
        this.#ends.set(frame.index, frame);
        const detail = frame.status === 'failed' ? this.#detail(frame) : undefined;
        this.#log?.write(frame.status === 'failed' ? 'error' : 'note', detail ?? frame.status, {
          step: step.id,
          elapsedMs: frame.elapsedMs,
        });
        this.#report({ type: 'step', ...position, status: frame.status, elapsedMs: frame.elapsedMs, detail });
        break;
      }
    }
  };

  result(outcome: Outcome): RecipeResult {
    const steps = this.#recipe.steps.map((_, index) => this.#outcomeOf(index + 1));
    const told = this.#results.get('warning');
    const warnings = [
      ...(told === undefined ? [] : [stripControls(told)]),
      ...steps.flatMap((step) => (step.status === 'failed' ? [`${step.title}: ${step.detail}`] : [])),
    ];
    const isComplete = outcome === 'complete';
    if (isComplete) for (const text of warnings) this.#report({ type: 'warning', text });
    return {
      operationId: this.id,
      isComplete,
      steps,
      warnings,
      results: Object.fromEntries(this.#results),
      bootId: (this.#results.get('boot_id') ?? '').trim(),
      logPath: this.#log?.path,
    };
  }

  plan(): Plan {
    const steps = this.#recipe.steps.map((step, index): PlanStep => {
      const status = this.#ends.get(index + 1)?.status;
      return {
        id: step.id,
        title: step.title,
        as: accountOf(step.as, this.#vm.adminUser),
        status: status === 'satisfied' || status === 'depends' ? status : 'would-change',
      };
    });
    return { title: this.#recipe.title, vm: this.#vm.name, steps };
  }

  /** The error of an operation that did not complete. */
  failure(outcome: Outcome): AppError {
    const vm = this.#vm.name;
    const log = this.#log === undefined ? '' : ` Log: ${this.#log.path}`;
    if (outcome === 'rebooted' || outcome === 'lost') {
      const why = outcome === 'rebooted' ? `VM '${vm}' rebooted` : `The work on VM '${vm}' was ended from outside`;
      return new AppError('remote-failed', `${why} during '${this.#recipe.title}'.`, {
        hint: `Run the same command again; it goes on from there.${log}`,
      });
    }
    const failed = this.#recipe.steps
      .map((_, index) => this.#outcomeOf(index + 1))
      .find((step, index) => step.status === 'failed' && this.#recipe.steps[index]?.isFatal !== false);
    if (failed?.status !== 'failed') {
      return new AppError('remote-failed', `'${this.#recipe.title}' did not finish on VM '${vm}' (${outcome}).`, {
        hint: `Run the same command again.${log}`,
      });
    }
    if (failed.output.some((line) => line.includes('No space left on device'))) {
      const message = `'${failed.title}' failed on VM '${vm}': its disk is full.`;
      return diskFull(vm, message, { step: failed.id, log: this.#log?.path });
    }
    if (failed.output.some((line) => line.includes('fork: Resource temporarily unavailable'))) {
      const as = accountOf(this.#recipe.steps.find((step) => step.id === failed.id)?.as ?? 'root', this.#vm.adminUser);
      return new AppError(
        'remote-failed',
        `'${failed.title}' failed on VM '${vm}': ${as} cannot start more processes.`,
        {
          hint: `It has as many as its limit (tasks_max) allows. End one of its sessions (agentworks session stop), then run the same command again.${log}`,
          data: { vm, step: failed.id, log: this.#log?.path },
        },
      );
    }
    const lines = failed.output.length === 0 ? '' : `\n${failed.output.map((line) => `  ${line}`).join('\n')}`;
    return new AppError('remote-failed', `'${failed.title}' failed on VM '${vm}': ${failed.detail}.${lines}`, {
      hint: `Correct the cause and run the same command again; finished steps are not repeated.${log}`,
      data: { vm, step: failed.id, exit: failed.exit, log: this.#log?.path },
    });
  }

  #detail(frame: Extract<Frame, { type: 'end' }>): string {
    const step = this.#recipe.steps[frame.index - 1];
    return codeText(frame.code, step?.timeoutSeconds ?? 300);
  }

  #outcomeOf(index: number): StepOutcome {
    const step = this.#recipe.steps[index - 1];
    const { id, title } = step ?? { id: '', title: '' };
    const end = this.#ends.get(index);
    switch (end?.status) {
      case 'satisfied':
      case 'changed':
        return { id, title, status: end.status, elapsedMs: end.elapsedMs };
      case 'failed': {
        const output = this.#output.get(index) ?? [];
        const reason = this.#detail(end);
        const last = output.at(-1);
        const detail =
          end.code === 124 || end.code === 137 || last === undefined ? reason : `${reason}, ${last.trim()}`;
        return { id, title, status: 'failed', elapsedMs: end.elapsedMs, detail, exit: end.code, output };
      }
      default:
        return { id, title, status: 'skipped', detail: 'an earlier step failed' };
    }
  }
}
