import { agentVerbs } from '../../core/agent/view.ts';
import type { Command } from '../../core/commands/command.ts';
import { titleOf } from '../../core/commands/title.ts';
import { sessionVerbs } from '../../core/session/view.ts';
import { vmVerbs } from '../../core/vm/view.ts';
import { workspaceVerbs } from '../../core/workspace/view.ts';
import type { CommandContribution, Contributions, MenuItem } from '../contributions.ts';
import { commands as ids, settings, verbCommand, views } from '../ids.ts';
import type { ThingKind } from '../thing.ts';

/** What the `view` of each kind decides about; every other verb of a kind is always there. */
const decided: Readonly<Record<ThingKind, readonly string[]>> = {
  vm: vmVerbs,
  workspace: workspaceVerbs,
  agent: agentVerbs,
  session: sessionVerbs,
};

const viewOf: Readonly<Record<ThingKind, string>> = {
  vm: views.vms,
  workspace: views.workspaces,
  agent: views.agents,
  session: views.sessions,
};

/** Icons of verbs by their last word, where there is a well-known one. */
const icons: Readonly<Record<string, string>> = {
  create: '$(add)',
  start: '$(play)',
  stop: '$(debug-stop)',
  restart: '$(debug-restart)',
  attach: '$(terminal)',
  open: '$(empty-window)',
  shell: '$(terminal)',
  delete: '$(trash)',
};

/** Beside the row, for what people do all day. */
const inline: readonly string[] = ['start', 'stop', 'attach', 'shell'];

const lastWord = (id: string): string => id.split('.').at(-1) ?? id;
const kindOf = (id: string): string => id.split('.')[0] ?? id;

const groupOf = (command: Command, isMaking: boolean): string => {
  if (isMaking) return '0_make';
  if (command.isInteractive === true) return '1_open';
  return { read: '2_show', write: '3_change', destroy: '9_destroy' }[command.effect];
};

/** The rows that a verb has in the context menu of a kind: on the thing it names, or to make another thing there. */
function menuItems(command: Command, kind: ThingKind): MenuItem[] {
  const isAbout = command.params.some(
    ({ position, source }) =>
      (position === 'argument' && source?.kind === kind) || (source?.kind === 'new' && source.of === kind),
  );
  const isMaking =
    lastWord(command.id) === 'create' &&
    kindOf(command.id) !== kind &&
    command.params.some((param) => param.source?.kind === kind && param.needs === undefined);
  if (command.isForPrograms === true || !(isAbout || isMaking)) return [];
  const word = isMaking ? kindOf(command.id) : lastWord(command.id);
  const state = decided[kind].includes(word) ? ` && viewItem =~ /\\bcan-${word}\\b/` : '';
  const item = {
    command: verbCommand(command.id),
    when: `view == ${viewOf[kind]} && viewItem =~ /\\bagentworks\\.${kind}\\b/${state}`,
  };
  return [
    { ...item, group: groupOf(command, isMaking) },
    ...(inline.includes(word) && kindOf(command.id) === kind ? [{ ...item, group: 'inline@1' }] : []),
  ];
}

const kinds = Object.keys(viewOf) as ThingKind[];

export function commandContributions(commands: readonly Command[]): Contributions {
  const verbs = commands.map((command): CommandContribution => {
    const icon = icons[lastWord(command.id)];
    return {
      command: verbCommand(command.id),
      title: titleOf(command),
      category: 'Agentworks',
      ...(icon === undefined ? {} : { icon }),
    };
  });
  return {
    commands: [
      ...verbs,
      { command: ids.showLog, title: 'Show log', category: 'Agentworks' },
      { command: ids.showPlan, title: 'Show plan…', category: 'Agentworks' },
      { command: ids.forgetSecrets, title: 'Forget stored secrets', category: 'Agentworks' },
    ],
    menus: {
      commandPalette: commands
        .filter(({ isForPrograms }) => isForPrograms === true)
        .map(({ id }) => ({ command: verbCommand(id), when: 'false' })),
      'view/item/context': kinds.flatMap((kind) => [
        ...commands.flatMap((command) => menuItems(command, kind)),
        {
          command: ids.showPlan,
          when: `view == ${viewOf[kind]} && viewItem =~ /\\bagentworks\\.${kind}\\b/`,
          group: '2_show',
        },
      ]),
      'view/title': kinds.flatMap((kind) =>
        commands
          .filter(({ id }) => id === `${kind}.create`)
          .map(({ id }) => ({ command: verbCommand(id), when: `view == ${viewOf[kind]}`, group: 'navigation@1' })),
      ),
    },
    configuration: {
      properties: {
        [settings.configFile]: {
          type: 'string',
          default: '',
          scope: 'application',
          markdownDescription:
            'Configuration file to use. Empty: `config.toml` in `~/.config/agentworks`, or in `$AGENTWORKS_HOME`.',
        },
        [settings.home]: {
          type: 'string',
          default: '',
          scope: 'application',
          markdownDescription:
            'Folder of the state, the logs and the machines that run here. Empty: `$AGENTWORKS_HOME`, else `~/.config/agentworks`.',
        },
        [settings.storeSecrets]: {
          type: 'boolean',
          default: true,
          scope: 'application',
          markdownDescription:
            'Keep Git tokens that were typed in the secret storage of VS Code. `Agentworks: Forget stored secrets` takes them out.',
        },
      },
    },
  };
}
