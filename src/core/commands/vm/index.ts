import type { Command } from '../command.ts';

export const vmCommands: readonly Command[] = [];
