import type { Command } from '../command.ts';

export const templateCommands: readonly Command[] = [];
