import type { Engine } from '../engine.ts';
import type { OperationContext } from '../events.ts';
import type { Command } from './command.ts';

/** Before a verb runs: says what is wrong with the configuration, and takes over or merges the reference's state. */
export async function prepare(engine: Engine, command: Command, context: OperationContext): Promise<void> {
  if (command.needs.includes('config')) {
    // What makes the file unusable has thrown; the rest is said once and the verb goes on.
    for (const { severity, path, start, message, hint } of (await engine.config.load()).problems) {
      if (severity === 'info') continue;
      context.report({ type: 'warning', text: `Config: ${path}:${start.line}:${start.column}: ${message}`, hint });
    }
  }
  const { files, paths } = engine;
  if (!command.needs.includes('state') || (await files.info(paths.referenceState)) === undefined) return;
  const { prepareState } = await import('../store/import/prepare.ts');
  await prepareState(engine, context);
}
