import { isatty } from 'node:tty';
import type { Command } from '../core/commands/command.ts';
import type { Output } from '../core/commands/output.ts';
import { prepare } from '../core/commands/prepare.ts';
import { AppError } from '../core/errors.ts';
import type { Report } from '../core/events.ts';
import { nonInteractiveAsk } from '../core/nonInteractiveAsk.ts';
import { jsonReport, progressRenderer } from '../core/render/progress.ts';
import { styleFor } from '../core/render/style.ts';
import { renderText } from '../core/render/text.ts';
import { stripControls } from '../core/text.ts';
import { measureFor } from '../node/measureText.ts';
import { terminalAsk } from './ask.ts';
import { watchInterrupts } from './interrupt.ts';
import { parse } from './parse.ts';
import type { ProgramParts } from './parts.ts';
import { renderJson } from './render/json.ts';
import type { Globals } from './scan.ts';
import { skipOptimizedWasm } from './startFast.ts';
import { version } from './version.ts';

const isSet = (value: string | undefined): boolean => value !== undefined && !['', '0', 'false', 'no'].includes(value);

/** May a person be asked? */
export const isInteractive = (globals: Globals, env: Readonly<Record<string, string | undefined>>): boolean =>
  !globals['non-interactive'] && !isSet(env.AGENTWORKS_NON_INTERACTIVE) && isatty(0);

async function print(output: Output, globals: Globals): Promise<void> {
  if (globals.json) {
    // A streaming verb has written its own data.
    if (output.type !== 'exit' || output.data !== undefined) process.stdout.write(renderJson(output));
    return;
  }
  if (globals.quiet && output.type === 'message') return;
  const measure = await measureFor(JSON.stringify({ ...output, data: undefined }));
  process.stdout.write(renderText(output, styleFor(process.stdout, process.env, globals['no-color']), measure));
}

function exitCodeOf(output: Output): number {
  if (output.type === 'exit') return output.code;
  return output.type === 'record' || output.type === 'text' ? (output.exitCode ?? 0) : 0;
}

type Begun = { title: string; vm: string } | undefined;

const workText = ({ title, vm }: NonNullable<Begun>): string => `'${stripControls(title)}' on VM '${vm}'`;

const cancellingText = (begun: Begun): string =>
  `Cancelling${begun === undefined ? '' : ` ${workText(begun)}`}… Interrupt again to stop at once.`;

/** For an end without waiting: nobody has looked what became of the work. */
const stoppedError = (begun: Begun): AppError =>
  begun === undefined
    ? new AppError('aborted', 'Stopped.', { hint: 'Run the same command again.' })
    : new AppError('aborted', `Stopped at once: ${workText(begun)} may be half done, or still be going on there.`, {
        hint: 'Run the same command again to finish it, or delete what it was making.',
        data: { vm: begun.vm },
      });

/** Runs one verb to its exit code; `fail` shows an error and says its code. An interrupt decides the code. */
export async function runVerb(
  command: Command,
  tokens: readonly string[],
  globals: Globals,
  parts: ProgramParts,
  fail: (error: unknown) => number,
): Promise<number> {
  const values = parse(command, tokens);
  skipOptimizedWasm();
  const isLive = process.stderr.isTTY === true && process.env.TERM !== 'dumb';
  const progress = progressRenderer({
    write: (text) => void process.stderr.write(text),
    style: styleFor(process.stderr, process.env, globals['no-color']),
    isLive,
    isQuiet: globals.quiet,
    isVerbose: globals.debug,
    columns: () => process.stderr.columns ?? 80,
  });
  const show = globals.json ? jsonReport((text) => void process.stderr.write(text)) : progress.report;
  let begun: { title: string; vm: string } | undefined;
  const report: Report = (event) => {
    if (event.type === 'operation') begun = event;
    show(event);
  };
  const interrupts = watchInterrupts(
    () => {
      progress.end();
      if (!globals.json) process.stderr.write(`${cancellingText(begun)}\n`);
    },
    () => {
      progress.end();
      fail(stoppedError(begun));
    },
  );
  const holdAfter = async (end: { code: number; error?: unknown }): Promise<void> => {
    if (interrupts.exitCode() !== undefined) return;
    const { hold } = await import('./hold.ts');
    await hold(
      command.params.some(({ name }) => name === 'reconnect'),
      end,
    );
  };
  const ask = isInteractive(globals, process.env) ? terminalAsk(progress.end) : nonInteractiveAsk;
  const { createNodeEngine } = await import('../node/createEngine.ts');
  const engine = createNodeEngine({
    ask,
    version,
    env: process.env,
    ...(globals.config === undefined ? {} : { configPath: globals.config }),
  });
  try {
    const context = { signal: interrupts.signal, report };
    await prepare(engine, command, context);
    const output = await command.run(engine, values, {
      ...context,
      streams: {
        // Node opens stdin when it is first named; few verbs read it.
        get stdin() {
          return process.stdin;
        },
        stdout: process.stdout,
        stderr: process.stderr,
      },
      isJson: globals.json,
      serveLanguage: (engine) => parts.serveLanguage(engine, context, version),
    });
    progress.end();
    await print(output, globals);
    if (values.hold === true) await holdAfter({ code: exitCodeOf(output) });
    return interrupts.exitCode() ?? exitCodeOf(output);
  } catch (error) {
    progress.end();
    const code = fail(error);
    if (values.hold === true) await holdAfter({ code, error });
    return interrupts.exitCode() ?? code;
  } finally {
    await engine.close();
  }
}
