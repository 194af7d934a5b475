import { createHash } from 'node:crypto';
import type { SessionTemplate } from '../config/model.ts';
import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import type { Recipe, RecipeResult, Step } from '../remote/recipe.ts';
import { isEndedLine } from '../tmux/conf.ts';
import { parsePanes } from '../tmux/parse.ts';
import type { Vm } from '../vm/model.ts';
import type { SessionServer } from './model.ts';
import { type SessionStart, startSecrets, startSteps } from './recipe.ts';

/** What became of a start. */
export interface Started {
  server: SessionServer | undefined;
  /** Set when the command had ended within half a second. */
  end: { code: number | undefined; screen: string[] } | undefined;
}

const secretName = /key|token|secret|passw|credential|auth/i;

/** Values that look like secrets by their name are redacted wherever they turn up. */
function registerSecrets(engine: Engine, env: Record<string, string>): void {
  for (const [name, value] of Object.entries(env)) {
    if (secretName.test(name) && value.length >= 6) engine.secrets.register(value);
  }
}

/** The recipe that starts a session, after `before` (stopping the old server, joining a group). */
export function startRecipe(
  operation: 'session-create' | 'session-restart',
  start: SessionStart,
  template: SessionTemplate,
  before: readonly Step[],
): Recipe {
  const { name, command, restartCommand, env } = template;
  const resolved = { command, restartCommand, env: Object.keys(env).sort() };
  return {
    operation,
    title: `${operation === 'session-create' ? 'Create' : 'Restart'} session ${start.session}`,
    scope: `session:${start.session}`,
    subject: {
      kind: 'session',
      name: start.session,
      template: name,
      resolved,
      configDigest: createHash('sha256').update(JSON.stringify(resolved)).digest('hex'),
    },
    steps: [...before, ...startSteps(start)],
    secrets: startSecrets(start),
  };
}

/** Runs it and reads what the machine says; throws when the server could not be started. */
export async function runStart(
  engine: Engine,
  vm: Vm,
  recipe: Recipe,
  start: SessionStart,
  context: OperationContext,
): Promise<Started> {
  registerSecrets(engine, start.command.env);
  const result = await engine.machines.apply(vm, recipe, context);
  if (result.results.state?.trim() === 'silent') {
    const text = `The tmux server of session '${start.session}' did not answer in time.`;
    context.report({ type: 'warning', text, hint: `See how it is: agentworks session describe ${start.session}` });
  }
  return startedFrom(result);
}

export function startedFrom(result: RecipeResult): Started {
  const { results, bootId } = result;
  const pid = Number(results.pid);
  const startTime = (results.start ?? '').trim();
  const server =
    Number.isSafeInteger(pid) && pid > 1 && /^\d+$/.test(startTime) && bootId !== ''
      ? { pid, startTime, bootId }
      : undefined;
  const state = (results.state ?? '').trim();
  if (state !== 'dead' && state !== 'gone') return { server, end: undefined };
  const pane = parsePanes(results.panes ?? '').find((one) => one.isDead);
  const screen = (results.screen ?? '').split('\n').map((line) => line.trimEnd());
  while (screen.at(-1) === '') screen.pop();
  // tmux's own last line says what `code` says.
  if (isEndedLine(screen.at(-1) ?? '')) screen.pop();
  while (screen.at(-1) === '') screen.pop();
  return { server, end: { code: pane?.exitCode, screen: screen.slice(-20) } };
}

/** The error for a command that ended at once; the session stays on record as exited. */
export function endedAtOnce(name: string, end: NonNullable<Started['end']>): AppError {
  const how = end.code === undefined ? '' : ` with exit code ${end.code}`;
  const screen = end.screen.length === 0 ? '' : `\n${end.screen.map((line) => `  ${line}`).join('\n')}`;
  return new AppError('remote-failed', `The command of session '${name}' ended at once${how}.${screen}`, {
    hint: `The session is kept. After a change: agentworks session restart ${name}; or agentworks session delete ${name}.`,
    data: { session: name, exitCode: end.code ?? null, screen: end.screen },
  });
}
