import type { Command } from '../command.ts';
import { agentCreate } from './create.ts';
import { agentDelete } from './delete.ts';
import { agentDescribe } from './describe.ts';
import { agentDiff } from './diff.ts';
import { agentExec } from './exec.ts';
import { agentGrantsDeny } from './grantsDeny.ts';
import { agentGrantsGrant } from './grantsGrant.ts';
import { agentGrantsList } from './grantsList.ts';
import { agentList } from './list.ts';
import { agentReinit } from './reinit.ts';
import { agentShell } from './shell.ts';
import { agentVerify } from './verify.ts';

export const agentCommands: readonly Command[] = [
  agentCreate,
  agentList,
  agentDescribe,
  agentReinit,
  agentDiff,
  agentVerify,
  agentShell,
  agentExec,
  agentDelete,
  agentGrantsGrant,
  agentGrantsDeny,
  agentGrantsList,
];
