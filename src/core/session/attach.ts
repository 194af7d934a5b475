import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { timestamp } from '../ports/clock.ts';
import { command } from '../remote/quote.ts';
import type { Ended } from '../ssh/interactive.ts';
import { sshFailure } from '../ssh/sshFailure.ts';
import { addEvent } from '../store/eventLog.ts';
import { exactSession, tmuxArgv } from '../tmux/argv.ts';
import type { Located } from './lookup.ts';
import type { SessionState } from './model.ts';
import { observe } from './observe.ts';
import { updateSession } from './rows.ts';

export interface AttachOptions {
  isReadOnly: boolean;
  /** Other clients of the session are detached. */
  detachesOthers: boolean;
  /** The session may put text into the operator's clipboard. */
  mayWriteClipboard?: boolean;
  /** Somebody attaches again after the connection was lost. */
  isReconnecting?: boolean;
}

/** The refusal for a session that cannot be attached to or read; undefined when it can. */
export function notAttachable(name: string, state: SessionState): AppError | undefined {
  const data = { session: name, status: state.status };
  switch (state.status) {
    case 'running':
    case 'exited': // its last screen is still there
      return undefined;
    case 'stopped':
      return new AppError('refused', `Session '${name}' is not running.`, {
        hint: `Start it: agentworks session restart ${name}. What it printed: agentworks session logs ${name}`,
        data,
      });
    case 'broken':
      return new AppError('refused', `Session '${name}' is broken: ${state.reason}.`, {
        hint: `End it: agentworks session stop ${name} --force`,
        data,
      });
    case 'unknown':
      return new AppError(state.code ?? 'unreachable', `The state of session '${name}' is not known: ${state.reason}`, {
        hint: 'Nothing was done. Try again when the VM answers.',
        data,
      });
  }
}

/**
 * Who logs in and what runs there. Nobody with more rights than the session's account ever is a client of its server:
 * it is attached by logging in as the account, or, where that has no keys of ours yet, through sudo to it.
 */
export function attachPlan(
  { session, vm }: Pick<Located, 'session' | 'vm'>,
  options: AttachOptions,
  hasKeys = session.origin === 'own' && vm.origin !== 'imported',
) {
  const flags = [...(options.detachesOthers ? ['-d'] : []), ...(options.isReadOnly ? ['-r'] : [])];
  const argv = tmuxArgv(session.socket, 'attach-session', ...flags, '-t', exactSession(session.name));
  if (hasKeys || session.account === vm.adminUser) return { user: session.account, command: command(argv) };
  return { user: vm.adminUser, command: command(['sudo', '-n', '-u', session.account, ...argv]) };
}

/** Hands the terminal over; its exit code is 0 after a detach. Never starts the VM or the session. */
export async function attachSession(
  engine: Engine,
  given: Located,
  options: AttachOptions,
  context: OperationContext,
): Promise<Ended> {
  const { withHostKeys } = await import('../ssh/learnHostKeys.ts');
  const vm = await withHostKeys(engine, given.vm, { mayAsk: true, signal: context.signal });
  const located = { ...given, vm };
  const { session } = located;
  const [observed] = await observe(engine, [located], context);
  const refusal = observed === undefined ? undefined : notAttachable(session.name, observed.state);
  if (refusal !== undefined) throw refusal;
  const { canLogInAs } = await import('../vm/login.ts');
  const isAdmin = session.account === vm.adminUser;
  const plan = attachPlan(located, options, isAdmin || (await canLogInAs(engine, vm, session.account, context)));
  await engine.machines.drop(vm);
  const note = async (event: string): Promise<void> => {
    const now = timestamp(engine.clock.now());
    await engine.database.write((w) => {
      updateSession(w, session.name, { lastAttachedAt: now });
      if (event === 'attached') {
        addEvent(w, { at: now, kind: 'session', name: session.name, vm: vm.name, event, detail: undefined });
      }
    });
  };
  context.report({ type: 'info', text: 'Detach with Ctrl-b d; the session goes on.' });
  const { attachTerminal } = await import('../ssh/interactive.ts');
  // Whoever could not attach has not seen what there is to see.
  let attached: Promise<void> | undefined;
  const atFullScreen = (): void => {
    attached ??= note('attached').catch(() => undefined);
  };
  const ended = await attachTerminal(engine, vm, {
    ...plan,
    atFullScreen,
    mayWriteClipboard: options.mayWriteClipboard === true,
  });
  if (ended.code === 0) atFullScreen();
  await attached;
  // The row may have been deleted from elsewhere in the meantime.
  if (attached !== undefined) await note('detached').catch(() => undefined);
  if (ended.code === sshFailure && !(ended.isLost && options.isReconnecting)) {
    context.report({
      type: 'warning',
      text: `The connection to VM '${vm.name}' failed or was lost.`,
      hint: `The session goes on. Attach again: agentworks session attach ${session.name}`,
    });
  }
  return ended;
}
