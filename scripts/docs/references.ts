import { commands } from '../../src/core/commands/table.ts';
import { renderProblemReference } from '../../src/core/config/problemsDoc.ts';
import { renderConfigReference } from '../../src/core/config/referenceDoc.ts';
import { renderCommandReference } from './commands.ts';
import { renderExitCodes } from './exitCodes.ts';

/** Every file of docs/reference with its text. */
export const references = (): Record<string, string> => ({
  'commands.md': renderCommandReference(commands),
  'config.md': renderConfigReference(),
  'problems.md': renderProblemReference(),
  'exit-codes.md': renderExitCodes(),
});
