import type { Contributions } from '../contributions.ts';
import { commands, verbCommand, views } from '../ids.ts';

const when = `view == ${views.workspaces} && viewItem =~ /\\bagentworks\\.workspace\\b/ && viewItem =~ /\\bcan-open\\b/`;
const onVm = `${when} && viewItem =~ /\\bvm\\b/`;

export const contributes: Contributions = {
  commands: [
    { command: commands.openWorkspaceHere, title: 'Open workspace in this window', category: 'Agentworks' },
    { command: commands.openWorkspaceAs, title: 'Open workspace as…', category: 'Agentworks' },
    { command: commands.openWorkspaceFile, title: 'Open .code-workspace file of workspace', category: 'Agentworks' },
  ],
  menus: {
    'view/item/context': [
      { command: verbCommand('workspace.open'), when, group: 'inline@0' },
      { command: commands.openWorkspaceHere, when, group: '1_open@2' },
      { command: commands.openWorkspaceAs, when: onVm, group: '1_open@3' },
      { command: commands.openWorkspaceFile, when: onVm, group: '1_open@4' },
    ],
  },
};
