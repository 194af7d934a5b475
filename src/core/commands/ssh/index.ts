import type { Command } from '../command.ts';
import { syncSshConfig } from './syncSshConfig.ts';

export const sshCommands: readonly Command[] = [syncSshConfig];
