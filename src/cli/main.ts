import { commands } from '../core/commands/table.ts';
import { commandTree, type GroupNode } from '../core/commands/tree.ts';
import { AppError, exitCodes, toAppError } from '../core/errors.ts';
import { commandHelp, groupHelp } from './help.ts';
import type { ProgramParts } from './parts.ts';
import { renderError, stackOf } from './render/error.ts';
import { renderJsonError } from './render/json.ts';
import { styleFor } from './render/style.ts';
import { type Globals, noGlobals, type Scanned, scan } from './scan.ts';
import { version } from './version.ts';

async function scanLine(argv: readonly string[], root: GroupNode, globals: Globals): Promise<Scanned> {
  try {
    return scan(argv, root, globals);
  } catch (error) {
    // The line was not read to its end; whoever asked for JSON gets the error as JSON all the same.
    if (argv.includes('--json')) globals.json = true;
    const { insteadOf } = await import('../core/commands/referenceVerbs.ts');
    const instead = insteadOf(argv);
    throw instead === undefined ? error : new AppError('unsupported', instead.text, { hint: instead.hint });
  }
}

/** Help, version and usage errors need only the declarations; everything else is loaded when a verb runs. */
async function run(argv: readonly string[], globals: Globals, parts: ProgramParts): Promise<number> {
  if (argv[0] === '__complete') {
    const { answerCompletion } = await import('./complete.ts');
    return answerCompletion(argv.slice(1));
  }
  const root = commandTree(commands);
  const found = await scanLine(argv, root, globals);
  if (globals.version) {
    process.stdout.write(globals.json ? `${JSON.stringify({ version })}\n` : `agentworks ${version}\n`);
    return 0;
  }
  if (found.kind === 'group') {
    if (globals.json && !globals.help) {
      const name = ['agentworks', ...found.group.path].join(' ');
      throw new AppError('usage', `'${name}' needs a command.`, { hint: `Run '${name} --help' for what there is.` });
    }
    process.stdout.write(groupHelp(found.group));
    return globals.help ? 0 : exitCodes.usage;
  }
  if (globals.help) {
    process.stdout.write(commandHelp(found.command));
    return 0;
  }
  const { runVerb } = await import('./runVerb.ts');
  return runVerb(found.command, found.tokens, globals, parts, (error) => fail(error, globals));
}

function fail(thrown: unknown, globals: Globals): number {
  const error = toAppError(thrown);
  if (globals.json) process.stderr.write(renderJsonError(error, globals.debug ? stackOf(error) : undefined));
  else
    process.stderr.write(renderError(error, styleFor(process.stderr, process.env, globals['no-color']), globals.debug));
  return exitCodes[error.code];
}

/**
 * Whoever reads us may go away (`| head`); that is no error worth a word. A terminal that was closed is told by its
 * signal, and what is under way is still to be taken back.
 */
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EIO' || error.code === 'ERR_STREAM_DESTROYED') return;
    process.exit(error.code === 'EPIPE' ? 1 : exitCodes.internal);
  });
}

const flushed = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => stream.write('', () => resolve()));

/** Runs the command line of this process to its end. */
export async function main(parts: ProgramParts): Promise<void> {
  const globals = noGlobals();
  const end = async (code: number): Promise<void> => {
    await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
    process.exit(code);
  };
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
    process.on(event, (thrown: unknown) => void end(fail(thrown, globals)));
  }
  const argv = process.argv.slice(2);
  // An editor that lends us its program says so by this; programs that we start are no concern of it.
  delete process.env.ELECTRON_RUN_AS_NODE;
  try {
    await end(await run(argv, globals, parts));
  } catch (thrown) {
    await end(fail(thrown, globals));
  }
}
