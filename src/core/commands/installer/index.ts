import type { Command } from '../command.ts';

export const installerCommands: readonly Command[] = [];
