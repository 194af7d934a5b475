import * as vscode from 'vscode';
import type { Command, ParamValues } from '../../core/commands/command.ts';
import type { Output } from '../../core/commands/output.ts';
import { prepare } from '../../core/commands/prepare.ts';
import type { Engine } from '../../core/engine.ts';
import type { EngineEvent } from '../../core/events.ts';
import type { Ask } from '../../core/ports/ask.ts';
import { progressRenderer } from '../../core/render/progress.ts';
import { plain } from '../../core/render/style.ts';
import type { AskScope } from '../adapters/askScope.ts';
import { commands as ids } from '../ids.ts';
import type { Parts } from '../parts.ts';
import { notice } from '../text.ts';
import { progressReducer } from './progress.ts';

interface WorkParts {
  parts: Pick<Parts, 'engine' | 'log'>;
  scope: AskScope;
}

/** Everything that a verb reports, line by line, in the output channel. Secrets are taken out here, at the sink. */
function logOf(log: vscode.LogOutputChannel, engine: Engine, title: string): (event: EngineEvent) => void {
  const write = (text: string): void => {
    for (const line of engine.secrets.redact(text).split('\n')) if (line !== '') log.info(line);
  };
  const { report } = progressRenderer({
    write,
    style: plain,
    isLive: false,
    isQuiet: false,
    isVerbose: true,
    columns: () => 120,
  });
  write(title);
  return report;
}

/** Does the work of a verb under a notification with its steps, which can cancel it. */
export async function withProgress(
  { parts, scope }: WorkParts,
  command: Command,
  title: string,
  values: ParamValues,
  ask: Ask,
): Promise<Output> {
  const engine = await parts.engine();
  const link = `[${vscode.l10n.t('Show log')}](command:${ids.showLog})`;
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: `${title} (${link})`, cancellable: true },
    async (progress, token) => {
      const controller = new AbortController();
      token.onCancellationRequested(() => {
        progress.report({ message: vscode.l10n.t('Cancelling…') });
        controller.abort();
      });
      const toLog = logOf(parts.log, engine, title);
      const toNotification = progressReducer();
      const context = {
        signal: controller.signal,
        report: (event: EngineEvent): void => {
          toLog(event);
          const shown = toNotification(event);
          if (shown === undefined || controller.signal.aborted) return;
          const { increment, message } = shown;
          progress.report({ message: notice(message), ...(increment === undefined ? {} : { increment }) });
        },
      };
      return scope.within(ask, async () => {
        await prepare(engine, command, context);
        return command.run(engine, values, { ...context, streams: undefined, isJson: false });
      });
    },
  );
}
