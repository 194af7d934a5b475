import type { Command } from '../command.ts';
import { sessionAttach } from './attach.ts';
import { sessionCreate } from './create.ts';
import { sessionDelete } from './delete.ts';
import { sessionDescribe } from './describe.ts';
import { sessionList } from './list.ts';
import { sessionLogs } from './logs.ts';
import { sessionPeek } from './peek.ts';
import { sessionRestart } from './restart.ts';
import { sessionStop } from './stop.ts';

export const sessionCommands: readonly Command[] = [
  sessionCreate,
  sessionList,
  sessionDescribe,
  sessionAttach,
  sessionPeek,
  sessionLogs,
  sessionStop,
  sessionRestart,
  sessionDelete,
];
