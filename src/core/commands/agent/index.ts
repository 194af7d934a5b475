import type { Command } from '../command.ts';

export const agentCommands: readonly Command[] = [];
