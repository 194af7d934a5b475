import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { sh } from '../remote/quote.ts';
import { exactPane, tmuxArgv } from '../tmux/argv.ts';
import { powerOf } from '../vm/power.ts';
import { accountOfSession } from './logs.ts';
import type { Located } from './lookup.ts';
import { parseScreen, type ScreenLine } from './screenText.ts';

export interface SessionScreen {
  /** Columns and rows of the terminal. */
  width: number;
  height: number;
  /** The program has ended; this is its last screen. */
  hasEnded: boolean;
  /** Without empty lines at the end. */
  lines: ScreenLine[];
}

const format = '#{pane_width} #{pane_height} #{pane_dead}';
const mostBytes = 2 ** 20;

/**
 * What a session shows now, colours included, without attaching to it: nobody at the session sees it, and its size stays
 * as it is. Read as the session's own account; starts nothing.
 */
export async function sessionScreen(
  engine: Engine,
  { session, vm }: Pick<Located, 'session' | 'vm'>,
  context: OperationContext,
): Promise<SessionScreen> {
  if ((await powerOf(engine, vm)).status === 'stopped') {
    throw new AppError('unreachable', `VM '${vm.name}' is stopped.`, {
      hint: `Start it: agentworks vm start ${vm.name}`,
      data: { vm: vm.name },
    });
  }
  const pane = exactPane(session.name);
  const both = tmuxArgv(
    session.socket,
    'display-message',
    '-p',
    '-t',
    pane,
    format,
    ';',
    'capture-pane',
    '-p',
    '-e',
    '-t',
    pane,
  );
  // Into a file: a client hands its output to the server, and one that does not answer would hold our pipe open.
  const script = sh`shown=$(mktemp) || exit 11
trap 'rm -f -- "$shown"' EXIT
timeout -s KILL 5 ${both} >"$shown" 2>/dev/null </dev/null || exit 10
head -c ${mostBytes} -- "$shown"`;
  const options = { as: accountOfSession(session, vm.adminUser), timeoutMs: 10_000 };
  const { code, stdout } = await engine.machines.query(vm, script, options, context);
  const [first = '', ...rest] = stdout.split('\n');
  const size = /^(\d{1,5}) (\d{1,5}) ([01])$/.exec(first);
  if (code !== 0 || size === null) {
    throw new AppError('not-found', `Session '${session.name}' shows no screen: it does not run, or does not answer.`, {
      hint: `What it printed: agentworks session logs ${session.name}. Start it: agentworks session restart ${session.name}`,
      data: { session: session.name },
    });
  }
  const lines = parseScreen(rest.slice(0, Number(size[2])).join('\n'));
  while (lines.length > 0 && lines.at(-1)?.text.trim() === '') lines.pop();
  return { width: Number(size[1]), height: Number(size[2]), hasEnded: size[3] === '1', lines };
}
