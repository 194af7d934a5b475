import type { Command } from '../command.ts';
import { syncSshConfig } from './syncSshConfig.ts';
import { syncVscodeWorkspaces } from './syncVscodeWorkspaces.ts';

export const sshCommands: readonly Command[] = [syncSshConfig, syncVscodeWorkspaces];
