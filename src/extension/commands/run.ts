import * as vscode from 'vscode';
import type { Command, ParamValues } from '../../core/commands/command.ts';
import type { Output } from '../../core/commands/output.ts';
import { prepare } from '../../core/commands/prepare.ts';
import { commands as table } from '../../core/commands/table.ts';
import { titleOf } from '../../core/commands/title.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import { editorAsk } from '../adapters/ask.ts';
import type { AskScope } from '../adapters/askScope.ts';
import type { Parts, RunOptions, Values } from '../parts.ts';
import { argvOf } from './argv.ts';
import { showError } from './errors.ts';
import { showOutput } from './output.ts';
import { progressText } from './progressText.ts';

interface RunParts {
  parts: Parts;
  scope: AskScope;
  takenOver: ((values: Values) => Promise<void>) | undefined;
}

function commandOf(verb: string): Command {
  const command = table.find(({ id }) => id === verb);
  if (command === undefined) throw new AppError('internal', `There is no verb '${verb}'.`);
  return command;
}

/** Runs a verb to its end with everything that people see of it. Never throws. */
export async function runVerb(
  { parts, scope, takenOver }: RunParts,
  verb: string,
  given: Values,
  options: RunOptions,
): Promise<Output | undefined> {
  const command = commandOf(verb);
  const title = options.title ?? titleOf(command);
  try {
    const { askMissing } = await import('./form.ts');
    const values = await askMissing(parts, command, given);
    if (values === undefined) return undefined;
    if (takenOver !== undefined) {
      await takenOver(values);
      return { type: 'nothing' };
    }
    if (command.isInteractive === true) {
      await parts.terminals.open(command.id, argvOf(command, values));
      return { type: 'nothing' };
    }
    const output = await withProgress(parts, scope, command, title, values as ParamValues);
    if (options.isQuiet !== true) await showOutput(title, output);
    return output;
  } catch (error) {
    await showError(parts, title, toAppError(error));
    return undefined;
  }
}

async function withProgress(
  parts: Parts,
  scope: AskScope,
  command: Command,
  title: string,
  values: ParamValues,
): Promise<Output> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    async (progress, token) => {
      const controller = new AbortController();
      token.onCancellationRequested(() => controller.abort());
      const engine = await parts.engine();
      const context = {
        signal: controller.signal,
        report: (event: Parameters<Parameters<typeof prepare>[2]['report']>[0]) => {
          const text = progressText(event);
          if (text === undefined) return;
          parts.log.info(text);
          progress.report({ message: text });
        },
      };
      return scope.within(editorAsk(title), async () => {
        await prepare(engine, command, context);
        return command.run(engine, values, { ...context, streams: undefined, isJson: false });
      });
    },
  );
}
