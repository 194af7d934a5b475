import { agentCommands } from './agent/index.ts';
import type { Command } from './command.ts';
import { completionCommands } from './completion/index.ts';
import { configCommands } from './config/index.ts';
import { doctorCommands } from './doctor/index.ts';
import { installerCommands } from './installer/index.ts';
import { lspCommands } from './lsp/index.ts';
import { salvageCommands } from './salvage/index.ts';
import { sessionCommands } from './session/index.ts';
import { sshCommands } from './ssh/index.ts';
import { stateCommands } from './state/index.ts';
import { templateCommands } from './template/index.ts';
import { vmCommands } from './vm/index.ts';
import { workspaceCommands } from './workspace/index.ts';

/** Every verb, declared once: CLI grammar, help, completion, palette, menus and reference docs come from it. */
export const commands: readonly Command[] = [
  ...vmCommands,
  ...workspaceCommands,
  ...agentCommands,
  ...sessionCommands,
  ...salvageCommands,
  ...configCommands,
  ...templateCommands,
  ...installerCommands,
  ...stateCommands,
  ...sshCommands,
  ...doctorCommands,
  ...completionCommands,
  ...lspCommands,
];
