import { createHash } from 'node:crypto';
import type { Command } from '../commands/command.ts';
import { globalOptions } from '../commands/globals.ts';

export const stampKey = 'agentworks-completion-version:';

/** Twelve hex digits that change with the verbs, their parameters, or the way a script talks to the program. */
export function completionStamp(commands: readonly Command[], protocol: string): string {
  const shape = commands.map(({ id, params }) => [
    id,
    params.map(({ name, short, type, position }) => [name, short ?? '', type, position]),
  ]);
  return createHash('sha256')
    .update(JSON.stringify([protocol, globalOptions, shape]))
    .digest('hex')
    .slice(0, 12);
}

/** The stamp in the leading comment lines of an installed script. */
export function stampIn(script: string): string | undefined {
  for (const line of script.split(/\r?\n/)) {
    if (line.trim() !== '' && !line.startsWith('#')) return undefined;
    const at = line.indexOf(stampKey);
    if (at >= 0) return line.slice(at + stampKey.length).trim();
  }
  return undefined;
}
