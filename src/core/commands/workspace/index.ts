import type { Command } from '../command.ts';
import { workspaceChanges } from './changes.ts';
import { workspaceCreate } from './create.ts';
import { workspaceDelete } from './delete.ts';
import { workspaceDescribe } from './describe.ts';
import { workspaceFetch } from './fetch.ts';
import { workspaceList } from './list.ts';
import { workspaceOpen } from './open.ts';
import { workspaceRepair } from './repair.ts';
import { workspaceShell } from './shell.ts';

export const workspaceCommands: readonly Command[] = [
  workspaceCreate,
  workspaceList,
  workspaceDescribe,
  workspaceOpen,
  workspaceChanges,
  workspaceFetch,
  workspaceShell,
  workspaceRepair,
  workspaceDelete,
];
