import type { Command } from '../command.ts';

export const stateCommands: readonly Command[] = [];
