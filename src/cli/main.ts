import { commands } from '../core/commands/table.ts';
import { commandTree, type GroupNode } from '../core/commands/tree.ts';
import { AppError, exitCodes, toAppError } from '../core/errors.ts';
import { styleFor } from '../core/render/style.ts';
import { commandHelp, groupHelp } from './help.ts';
import type { ProgramParts } from './parts.ts';
import { renderError, stackOf } from './render/error.ts';
import { renderJsonError } from './render/json.ts';
import { runToEnd } from './runToEnd.ts';
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

/** Shows an error; the exit code that it means. */
export function fail(thrown: unknown, globals: Globals): number {
  const error = toAppError(thrown);
  if (globals.json) process.stderr.write(renderJsonError(error, globals.debug ? stackOf(error) : undefined));
  else
    process.stderr.write(renderError(error, styleFor(process.stderr, process.env, globals['no-color']), globals.debug));
  return exitCodes[error.code];
}

/** Runs the command line of this process to its end. */
export function main(parts: ProgramParts): Promise<void> {
  const globals = noGlobals();
  return runToEnd(
    () => run(process.argv.slice(2), globals, parts),
    (thrown) => fail(thrown, globals),
  );
}
