import type { CommandIo } from '../commands/command.ts';
import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import { command, encoded, insert, operatorScript, type Script, sh } from '../remote/quote.ts';
import { requireReachableVm } from './lookup.ts';
import type { Vm } from './model.ts';

export interface ExecRequest {
  vm: string;
  words: readonly string[];
  cwd: string | undefined;
  /** `NAME=VALUE`. */
  env: readonly string[];
}

/** One leading `--` only divides our options from the command. */
const withoutDivider = (words: readonly string[]): readonly string[] => (words[0] === '--' ? words.slice(1) : words);

/**
 * The command line for the machine. One argument is the operator's own shell text and goes to the account's shell;
 * several are a program and its arguments.
 */
export function execScript(request: Pick<ExecRequest, 'words' | 'cwd' | 'env'>): Script {
  const words = withoutDivider(request.words);
  const [first] = words;
  if (first === undefined || words.every((word) => word === '')) {
    throw new AppError('usage', 'No command was given.', { hint: 'For example: agentworks vm exec dev uptime' });
  }
  if (first.startsWith('-')) {
    throw new AppError('usage', `'${first}' stands behind the name, so it is taken for the command.`, {
      hint: 'Options go before the name: agentworks vm exec --cwd /tmp dev ls',
    });
  }
  const assignments = request.env.map((assignment) => {
    const at = assignment.indexOf('=');
    const name = assignment.slice(0, at);
    if (at < 1 || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new AppError('usage', `--env takes NAME=VALUE, not '${assignment}'.`);
    }
    return sh`export ${insert(operatorScript(name))}=${assignment.slice(at + 1)}
`;
  });
  const cwd =
    request.cwd === undefined
      ? sh``
      : sh`cd -- ${request.cwd} || exit 126
`;
  const run = words.length === 1 ? sh`exec "\${SHELL:-/bin/sh}" -c ${first}` : sh`exec ${insert(command(words))}`;
  return encoded(sh`${insert(assignments.join('') as Script)}${insert(cwd)}${insert(run)}`);
}

/** Runs it as the admin with the caller's streams; the command's exit code is returned, whatever it is. */
export async function execOnVm(engine: Engine, request: ExecRequest, io: CommandIo): Promise<number> {
  const script = execScript(request);
  return streamOnVm(engine, await requireReachableVm(engine, request.vm), script, io);
}

/** A terminal gets no escape sequences that act on its host; a file or a pipe gets every byte. */
async function forTerminal(
  stream: NodeJS.WritableStream & { isTTY?: boolean },
): Promise<[NodeJS.WritableStream, { end: boolean }]> {
  if (!stream.isTTY) return [stream, { end: false }];
  const [{ Transform }, { createEscapeFilter }] = await Promise.all([
    import('node:stream'),
    import('../ssh/escapeFilter.ts'),
  ]);
  const pass = createEscapeFilter();
  const filter = new Transform({ transform: (chunk: Uint8Array, _, done) => done(null, pass(chunk)) });
  filter.pipe(stream, { end: false });
  return [filter, { end: true }];
}

/** Runs a script with the caller's streams; a lost connection throws, so its code never passes for the command's. */
export async function streamOnVm(engine: Engine, vm: Vm, script: Script, io: CommandIo): Promise<number> {
  const connection = await engine.machines.connection(vm, io);
  const channel = await connection.open(script);
  const stop = (): void => channel.close();
  io.signal.addEventListener('abort', stop, { once: true });
  try {
    const { streams } = io;
    if (streams === undefined) {
      channel.stdin.end();
      channel.stdout.resume();
      channel.stderr.resume();
    } else {
      // A terminal as stdin is left to the caller's shell: a command that does not read must not swallow keys.
      if (streams.stdin.isTTY === true) channel.stdin.end();
      else streams.stdin.pipe(channel.stdin);
      channel.stdin.on('error', () => undefined);
      channel.stdout.pipe(...(await forTerminal(streams.stdout)));
      channel.stderr.pipe(...(await forTerminal(streams.stderr)));
    }
    const code = await channel.exit;
    io.signal.throwIfAborted();
    return code;
  } finally {
    io.signal.removeEventListener('abort', stop);
    if (io.streams !== undefined) {
      io.streams.stdin.unpipe(channel.stdin);
      // A paused stream lets the program end.
      io.streams.stdin.pause();
    }
  }
}
