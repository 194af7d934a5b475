import type { Command } from '../command.ts';

export const completionCommands: readonly Command[] = [];
