import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { sh } from '../remote/quote.ts';
import type { RunAs } from '../remote/recipe.ts';
import { accountLine } from '../remote/slice.ts';
import { isEndedLine } from '../tmux/conf.ts';
import type { Located } from './lookup.ts';
import type { Session } from './model.ts';
import { logDirectory, sessionPlace } from './place.ts';
import { powerOf } from './power.ts';
import { logsScript } from './scripts.ts';
import { TextFilter } from './text.ts';

/** The account that reads a session's output: its own, so that nothing it left there acts on anybody else. */
export const accountOfSession = (session: Session, adminUser: string): RunAs =>
  session.account === adminUser ? 'admin' : { account: session.account };

export interface SessionLogs {
  /** `screen`: what tmux holds. `log`: the file of a session that is no longer there. */
  source: 'screen' | 'log';
  /** Without trailing empty lines and tmux's own word about a dead pane; as the program printed them unless filtered. */
  lines: string[];
}

/** The last lines of a session, running or ended. Never starts the VM, never logged here. */
export async function sessionLogs(
  engine: Engine,
  located: Located,
  options: { lines: number; isRaw: boolean },
  context: OperationContext,
): Promise<SessionLogs> {
  const { session, vm } = located;
  await refuseStopped(engine, located);
  const result = await engine.machines.query(
    vm,
    logsScript(session, options.lines),
    { as: accountOfSession(session, vm.adminUser), timeoutMs: 20_000 },
    context,
  );
  if (result.code !== 0 && result.code !== 10) {
    throw new AppError('not-found', `Session '${session.name}' does not run and left no log.`, {
      hint: `Start it: agentworks session restart ${session.name}`,
      data: { session: session.name },
    });
  }
  const source = result.code === 0 ? 'screen' : 'log';
  const filter = new TextFilter();
  const text = options.isRaw ? result.stdout : filter.push(result.stdout) + filter.end();
  const lines = text.split('\n').map((line) => (options.isRaw ? line : line.trimEnd()));
  dropEmptyEnd(lines);
  if (source === 'screen' && isEndedLine(lines.at(-1) ?? '')) {
    lines.pop();
    dropEmptyEnd(lines);
  }
  return { source, lines: lines.slice(-options.lines) };
}

function dropEmptyEnd(lines: string[]): void {
  while (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop();
}

async function refuseStopped(engine: Engine, { session, vm }: Located): Promise<void> {
  if ((await powerOf(engine, vm)) !== 'stopped') return;
  throw new AppError('refused', `VM '${vm.name}' is stopped, so the log of session '${session.name}' cannot be read.`, {
    hint: `Start it: agentworks vm start ${vm.name}`,
    data: { vm: vm.name, session: session.name },
  });
}

/** Streams what the session prints from now on, after its last lines. Resolves when `signal` fires or the file ends. */
export async function followLogs(
  engine: Engine,
  located: Located,
  options: { lines: number; isRaw: boolean; write: (text: string) => void },
  context: OperationContext,
): Promise<void> {
  const { session, vm } = located;
  await refuseStopped(engine, located);
  if (session.origin === 'reference') {
    throw new AppError('unsupported', `Session '${session.name}' has no log file to follow.`, {
      hint: `It gets one at its next restart: agentworks session restart ${session.name}`,
    });
  }
  const { logName } = sessionPlace(session.account, session.name);
  const tail = sh`exec tail -n ${options.lines} -F -- "$HOME"/${`${logDirectory}/${logName}`} 2>/dev/null`;
  const connection = await engine.machines.connection(vm, context);
  const channel = await connection.open(accountLine(session.account, sh`sh -c ${tail}`));
  const stop = (): void => channel.close();
  context.signal.addEventListener('abort', stop, { once: true });
  channel.stdin.end();
  channel.stderr.resume();
  const filter = new TextFilter();
  const decoder = new TextDecoder();
  try {
    for await (const chunk of channel.stdout) {
      const text = decoder.decode(chunk as Uint8Array, { stream: true });
      options.write(options.isRaw ? text : filter.push(text));
    }
    if (!options.isRaw) options.write(filter.end());
    await channel.exit;
  } catch (error) {
    if (!context.signal.aborted) throw error;
  } finally {
    context.signal.removeEventListener('abort', stop);
    channel.close();
  }
}
