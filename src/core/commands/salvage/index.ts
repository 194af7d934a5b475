import type { Command } from '../command.ts';
import { salvageList } from './list.ts';
import { salvagePrune } from './prune.ts';
import { salvageRestore } from './restore.ts';
import { salvageShow } from './show.ts';

export const salvageCommands: readonly Command[] = [salvageList, salvageShow, salvageRestore, salvagePrune];
