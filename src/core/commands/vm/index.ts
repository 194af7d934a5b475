import type { Command } from '../command.ts';
import { vmCreate } from './create.ts';
import { vmDelete } from './delete.ts';
import { vmDescribe } from './describe.ts';
import { vmDiff } from './diff.ts';
import { vmExec } from './exec.ts';
import { vmList } from './list.ts';
import { vmLogs } from './logs.ts';
import { vmPortForward } from './portForward.ts';
import { vmReinit } from './reinit.ts';
import { vmShell } from './shell.ts';
import { vmStart } from './start.ts';
import { vmStop } from './stop.ts';
import { vmTrustHostKey } from './trustHostKey.ts';

export const vmCommands: readonly Command[] = [
  vmCreate,
  vmList,
  vmDescribe,
  vmStart,
  vmStop,
  vmReinit,
  vmDiff,
  vmDelete,
  vmShell,
  vmExec,
  vmLogs,
  vmPortForward,
  vmTrustHostKey,
];
