import type { Command } from '../command.ts';
import { installerDescribe } from './describe.ts';
import { installerList } from './list.ts';

export const installerCommands: readonly Command[] = [installerList, installerDescribe];
