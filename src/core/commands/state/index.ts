import type { Command } from '../command.ts';
import { stateCheck } from './check.ts';
import { stateEvents } from './events.ts';
import { stateExport } from './export.ts';
import { stateImport } from './import.ts';
import { stateRestore } from './restore.ts';
import { stateStatus } from './status.ts';

export const stateCommands: readonly Command[] = [
  stateStatus,
  stateEvents,
  stateCheck,
  stateRestore,
  stateImport,
  stateExport,
];
