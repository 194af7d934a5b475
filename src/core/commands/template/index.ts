import type { Command } from '../command.ts';
import { templateList } from './list.ts';
import { templateShow } from './show.ts';

export const templateCommands: readonly Command[] = [templateList, templateShow];
