import type { CommandIo } from '../core/commands/command.ts';
import type { Engine } from '../core/engine.ts';

/** What the program is put together from beside the command line; see `src/programs`. */
export interface ProgramParts {
  serveLanguage(engine: Engine, io: Pick<CommandIo, 'signal'>, version: string): Promise<number>;
}
