import type { Contributions } from '../contributions.ts';
import { commands, schemes } from '../ids.ts';

const isOutput = `resourceScheme == ${schemes.output}`;

export const contributes: Contributions = {
  commands: [
    { command: commands.refreshOutput, title: 'Refresh output of session', category: 'Agentworks', icon: '$(refresh)' },
  ],
  menus: {
    commandPalette: [{ command: commands.refreshOutput, when: isOutput }],
    'editor/title': [{ command: commands.refreshOutput, when: isOutput, group: 'navigation' }],
  },
};
