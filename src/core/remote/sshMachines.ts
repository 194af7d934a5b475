import { AppError, isAppError, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { randomId } from '../names.ts';
import { type Clock, timestamp } from '../ports/clock.ts';
import type { Logs } from '../ports/log.ts';
import type { Connection, ExecResult, SshTarget, Transport } from '../ports/transport.ts';
import { recordApplied } from '../store/applied.ts';
import type { Database } from '../store/database.ts';
import { newOwner } from '../store/lockOwner.ts';
import { finishOperation, insertOperation, openOperations } from '../store/operations.ts';
import { isReachable, type Vm } from '../vm/model.ts';
import { accountOf, compile } from './compile.ts';
import { isRunning, leftBehind, subjectOf } from './leftBehind.ts';
import type { Machines } from './machines.ts';
import { mayGoOn } from './mayGoOn.ts';
import { ConnectionPool } from './pool.ts';
import { RecipeProgress } from './progress.ts';
import { encoded, insert, type Script, sh } from './quote.ts';
import type { Plan, Recipe, RecipeResult, RunAs } from './recipe.ts';
import { run } from './runner.ts';
import { asAccountScript } from './slice.ts';

interface Parts {
  transport: Transport;
  database: Database;
  logs: Logs;
  clock: Clock;
  redact: (text: string) => string;
  /** Where and with which key the VM's admin is reached. */
  targetOf: (vm: Vm) => Promise<SshTarget>;
  reconnectWindowMs?: number | undefined;
}

/** `Machines` over a transport: pool, runner, operation log, records. */
export class SshMachines implements Machines {
  readonly #parts: Parts;
  readonly #pool: ConnectionPool;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#pool = new ConnectionPool(parts.transport);
  }

  async connection(vm: Vm, context: OperationContext): Promise<Connection> {
    if (!isReachable(vm) && vm.address === undefined) {
      throw new AppError('refused', `VM '${vm.name}' has no address yet.`, {
        hint: `Run 'agentworks vm create ${vm.name}' again to finish it, or 'agentworks vm delete ${vm.name}'.`,
      });
    }
    return this.#pool.get(vm.id, async () => this.#parts.targetOf(vm), context.signal);
  }

  async apply(vm: Vm, recipe: Recipe, context: OperationContext): Promise<RecipeResult> {
    await this.settle(vm, recipe, context);
    const id = randomId(8);
    const { database, clock, logs } = this.#parts;
    const compiled = compile(recipe, vm.adminUser, 'apply');
    const log = await logs.open({ vm: vm.name, operation: recipe.operation, id, title: recipe.title });
    const progress = new RecipeProgress({ id, vm, recipe, report: context.report, log, redact: this.#parts.redact });
    const startedAt = timestamp(clock.now());
    const owner = await newOwner(clock.now());
    const { operation, title } = recipe;
    const subject = subjectOf(vm, recipe);
    await database.write((writer) =>
      insertOperation(writer, { id, vm: vm.name, operation, title, subject, startedAt, owner }),
    );
    try {
      const outcome = await run({ ...this.#request(vm, context, progress), id, mode: 'apply', compiled }, context);
      const result = progress.result(outcome);
      await this.#finish(vm, recipe, result, startedAt);
      await log.close(outcome);
      if (!result.isComplete) throw progress.failure(outcome);
      return result;
    } catch (error) {
      const failure = toAppError(error);
      // Work that goes on without us stays open, and is asked about later.
      if (!mayGoOn(failure)) {
        await database.write((writer) => finishOperation(writer, id, failure.code)).catch(() => undefined);
      }
      log.write('error', failure.message);
      await log.close(failure.code);
      throw failure.code === 'remote-failed' ? failure : withLog(failure, log.path);
    }
  }

  async plan(vm: Vm, recipe: Recipe, context: OperationContext): Promise<Plan> {
    const parts = { id: randomId(8), vm, recipe, report: () => undefined, log: undefined, redact: this.#parts.redact };
    const progress = new RecipeProgress(parts);
    const compiled = compile(recipe, vm.adminUser, 'plan');
    const outcome = await run(
      { ...this.#request(vm, context, progress), id: progress.id, mode: 'plan', compiled },
      context,
    );
    if (outcome !== 'complete') throw progress.failure(outcome);
    return progress.plan();
  }

  async query(
    vm: Vm,
    script: Script,
    options: { as: RunAs; timeoutMs?: number; stdin?: string | Uint8Array },
    context: OperationContext,
  ): Promise<ExecResult> {
    const timeoutMs = options.timeoutMs ?? 30_000;
    const connection = await this.connection(vm, context);
    const account = accountOf(options.as, vm.adminUser);
    // The remote limit comes first, so that nothing is left behind; the local one is for a dead link.
    const limit = sh`timeout -k 2 ${Math.ceil(timeoutMs / 1000)}`;
    const limited = (text: Script): Script => sh`${insert(limit)} ${insert(encoded(text))}`;
    const line =
      account === vm.adminUser
        ? limited(script)
        : account === 'root'
          ? sh`sudo -n -H ${insert(limited(script))}`
          : sh`sudo -n ${insert(limited(asAccountScript(account, encoded(script))))}`;
    return connection.exec(line, {
      signal: context.signal,
      timeoutMs: timeoutMs + vm.connectTimeoutMs,
      ...(options.stdin === undefined ? {} : { stdin: options.stdin }),
    });
  }

  async drop(vm: Pick<Vm, 'id'>): Promise<void> {
    await this.#pool.drop(vm.id);
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  async settle(vm: Vm, recipe: Recipe, context: OperationContext): Promise<void> {
    const open = await this.#parts.database.read((reader) => openOperations(reader, vm.name));
    const found = await leftBehind(open, vm, recipe);
    const others = found.filter(({ isSame }) => !isSame).map(({ operation }) => operation.id);
    // What still works on something else is left alone; what has ended is written down.
    const busy = others.length === 0 ? [] : await this.#running(vm, others, context);
    for (const { operation, isSame } of found) {
      if (!isSame && busy.includes(operation.id)) continue;
      const isEnded = isSame && recipe.endsEarlier === true && operation.operation !== recipe.operation;
      if (isSame) {
        const what = isEnded ? 'Ending' : 'Waiting for';
        const text = `${what} '${operation.title}', which an earlier command left under way.`;
        context.report({ type: 'info', text });
      }
      await this.#close(vm, operation.id, isEnded, context);
    }
  }

  /** Which of the operations still run on the machine. */
  async #running(vm: Vm, ids: readonly string[], context: OperationContext): Promise<string[]> {
    const answer = await this.query(vm, isRunning(ids), { as: 'root' }, context);
    return answer.code === 0 ? answer.stdout.split('\n') : [...ids];
  }

  /** Follows an operation of an ended program to its end, or ends it, and records what became of it. */
  async #close(vm: Vm, id: string, isEnded: boolean, context: OperationContext): Promise<void> {
    const request = {
      ...this.#connector(vm, context),
      onFrame: () => undefined,
      onReconnect: () => undefined,
      id,
      mode: 'apply' as const,
      compiled: { script: new Uint8Array(), payloads: [] },
      isStarted: true,
    };
    const ended = isEnded ? { ...context, signal: AbortSignal.abort() } : context;
    const outcome = await run(request, ended).catch((error: unknown) => {
      if (isEnded && isAppError(error) && error.code === 'aborted' && !mayGoOn(error)) return 'cancelled' as const;
      throw error;
    });
    await this.#parts.database.write((writer) => finishOperation(writer, id, outcome));
  }

  #connector(vm: Vm, context: OperationContext) {
    return {
      vm: vm.name,
      clock: this.#parts.clock,
      reconnectWindowMs: this.#parts.reconnectWindowMs,
      // A cancelled context must not stop the connection that carries the cancel.
      connect: async () => this.connection(vm, { ...context, signal: new AbortController().signal }),
    };
  }

  #request(vm: Vm, context: OperationContext, progress: RecipeProgress) {
    return {
      ...this.#connector(vm, context),
      onFrame: progress.onFrame,
      onReconnect: (attempt: number, error: AppError) =>
        context.report({
          type: 'warning',
          text: `${error.message} Trying again (${attempt}); the work goes on there.`,
        }),
    };
  }

  async #finish(vm: Vm, recipe: Recipe, result: RecipeResult, startedAt: string): Promise<void> {
    const finishedAt = timestamp(this.#parts.clock.now());
    const outcome = !result.isComplete ? 'failed' : result.warnings.length > 0 ? 'partial' : 'complete';
    await this.#parts.database.write((writer) => {
      finishOperation(writer, result.operationId, outcome);
      if (recipe.subject === undefined) return;
      const { kind, name, template, resolved, configDigest } = recipe.subject;
      recordApplied(writer, {
        subject: { kind, name },
        vm: vm.name,
        operation: recipe.operation,
        operationId: result.operationId,
        template,
        resolved,
        configDigest,
        outcome,
        steps: result.steps.map(({ id, title, status }) => ({ id, title, status })),
        startedAt,
        finishedAt,
      });
    });
  }
}

const withLog = (error: AppError, path: string): AppError =>
  new AppError(error.code, error.message, {
    hint: error.hint === undefined ? `See the log: ${path}` : `${error.hint} Log: ${path}`,
    cause: error,
    data: { ...error.data, log: path },
  });
