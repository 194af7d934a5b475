import type { Contributions } from '../contributions.ts';
import { commands, schemes, views } from '../ids.ts';

export const contributes: Contributions = {
  commands: [
    { command: commands.openFile, title: 'Open file of workspace', category: 'Agentworks', icon: '$(go-to-file)' },
  ],
  menus: {
    'view/item/context': [
      {
        command: commands.openFile,
        when: `view == ${views.workspaces} && viewItem =~ /\\bagentworks\\.workspace\\b/ && viewItem =~ /\\bcan-shell\\b/`,
        group: '2_show',
      },
    ],
  },
  resourceLabelFormatters: [
    {
      scheme: schemes.files,
      formatting: { label: '${authority}${path}', separator: '/', workspaceSuffix: 'Agentworks' },
    },
  ],
};
