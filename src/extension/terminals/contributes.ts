import type { Contributions } from '../contributions.ts';
import { commands, settings, terminalProfiles, views } from '../ids.ts';

export const contributes: Contributions = {
  commands: [
    { command: commands.createSessionHere, title: 'Create session here and attach', category: 'Agentworks' },
    { command: commands.installInPath, title: "Install 'agentworks' command in PATH", category: 'Agentworks' },
    { command: commands.uninstallFromPath, title: "Uninstall 'agentworks' command from PATH", category: 'Agentworks' },
  ],
  menus: {
    'view/item/context': [
      {
        command: commands.createSessionHere,
        when: `view == ${views.workspaces} && viewItem =~ /\\bagentworks\\.workspace\\b/ && viewItem =~ /\\bcan-session\\b/`,
        group: '0_make',
      },
    ],
  },
  terminal: {
    profiles: [
      { id: terminalProfiles.session, title: 'Agentworks session', icon: 'terminal-tmux' },
      { id: terminalProfiles.shell, title: 'Agentworks shell', icon: 'shield' },
    ],
  },
  configuration: {
    properties: {
      [settings.addToPath]: {
        type: 'boolean',
        default: true,
        scope: 'application',
        markdownDescription:
          'Put the command `agentworks` (and `agw`) on `PATH` of every integrated terminal that runs on this computer.',
      },
      [settings.clipboard]: {
        type: 'boolean',
        default: false,
        scope: 'application',
        markdownDescription:
          'Let sessions put text into your clipboard when you attach to them, as copying with the mouse in `tmux` does. An agent can then do it too, whenever it likes: look before you paste. Without it, copy with Shift (macOS: Option) held while you select.',
      },
    },
  },
};
