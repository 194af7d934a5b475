import type { Command } from '../command.ts';

export const configCommands: readonly Command[] = [];
