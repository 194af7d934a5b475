import type { Command } from '../command.ts';

export const sshCommands: readonly Command[] = [];
