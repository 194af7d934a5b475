import type { Contributions } from '../contributions.ts';
import { commands } from '../ids.ts';

export const contributes: Contributions = {
  commands: [{ command: commands.copyDiagnostics, title: 'Copy diagnostics', category: 'Agentworks' }],
};
