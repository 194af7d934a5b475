import type { Engine } from '../../engine.ts';
import { isAppError } from '../../errors.ts';
import type { OperationContext } from '../../events.ts';

/**
 * Front ends call this once before a verb that needs the state. At the first run the reference's file is taken over and
 * what happened is reported; later a change of that file is. Trouble with that file never stops the verb.
 */
export async function prepareState(
  engine: Pick<Engine, 'database' | 'paths' | 'clock' | 'files'>,
  context: OperationContext,
): Promise<void> {
  const path = engine.paths.referenceState;
  if ((await engine.files.info(path)) === undefined) return;
  const isFirstRun =
    (await engine.files.info(engine.paths.state)) === undefined &&
    (await engine.files.info(`${engine.paths.state}.bak`)) === undefined;
  const [{ importReference, referenceChanged }, { summaryOf }] = await Promise.all([
    import('./service.ts'),
    import('./report.ts'),
  ]);
  try {
    if (!isFirstRun) {
      const state = await referenceChanged(engine);
      if (state === 'changed' || state === 'unread') {
        context.report({
          type: 'warning',
          text:
            state === 'changed' ? `${path} has changed since it was taken over.` : `${path} was not taken over yet.`,
          hint: "Look with 'agentworks state import --dry-run', take over with 'agentworks state import'.",
        });
      }
      return;
    }
    const report = await importReference(engine, { isFirstRun: true }, context);
    // An empty file, or another process was first.
    if (summaryOf(report) === 'nothing' && report.leftOut.length === 0) return;
    context.report({ type: 'info', text: `Took over ${summaryOf(report)} from ${path}, which stays as it is.` });
    for (const text of report.notes) context.report({ type: 'info', text });
    for (const text of report.leftOut) context.report({ type: 'warning', text: `Not taken over: ${text}` });
  } catch (error) {
    if (!isAppError(error) || error.code === 'aborted') throw error;
    const { message, hint } = error;
    context.report({ type: 'warning', text: message, hint });
  }
}
