import type { Contributions } from '../contributions.ts';
import { commands, contextKeys, settings, verbCommand, viewContainer, views } from '../ids.ts';

const icon = 'media/container.svg';
const outside = `!${contextKeys.isInsideVm}`;
const trees = [views.vms, views.workspaces, views.agents, views.sessions];
const link = (text: string, command: string): string => `[${text}](command:${command})`;
const verb = (text: string, id: string): string => link(text, verbCommand(id));
const lines = (...all: string[]): string => all.join('\n\n');
const fleetIs = (status: string): string => `${contextKeys.fleet} == ${status}`;
const isFiltered = contextKeys.isFiltered;
const grouped = (by: string): string => `config.${settings.groupSessions} == '${by}'`;

/** What each view says when nothing at all is on record, and when only it has nothing. */
const first: Readonly<Record<string, string>> = {
  [views.vms]: lines(
    'No VM is on record yet. Agents work on VMs of their own: one that Agentworks makes here, or a Debian 12 machine that you already have.',
    link('Get started', commands.openWalkthrough),
    verb('Create or take over a VM', 'vm.create'),
    verb('Import the state of the Python CLI', 'state.import'),
    `What a machine needs is checked by ${verb('the doctor', 'doctor')}.`,
  ),
  [views.workspaces]: lines(
    'A workspace is a project folder on a VM. Create a VM first.',
    verb('Create VM', 'vm.create'),
  ),
  [views.agents]: lines(
    'An agent is a Linux user of its own on a VM. Create a VM first.',
    verb('Create VM', 'vm.create'),
  ),
  [views.sessions]: lines(
    'A session runs a command, such as a coding agent, and goes on when you leave. Create a VM first.',
    verb('Create VM', 'vm.create'),
  ),
};
const next: Readonly<Record<string, string>> = {
  [views.vms]: lines('No VM is on record.', verb('Create VM', 'vm.create')),
  [views.workspaces]: lines(
    'No workspace yet: a project folder that agents can be let into.',
    verb('Create workspace', 'workspace.create'),
  ),
  [views.agents]: lines(
    'No agent yet: a Linux user of its own, for one coding agent.',
    verb('Create agent', 'agent.create'),
  ),
  [views.sessions]: lines('No session yet.', verb('Create session', 'session.create')),
};

const welcome = trees.flatMap((view) => {
  const screen = (when: string, contents: string | undefined) => ({
    view,
    when: `${when} && !${isFiltered}`,
    contents: contents ?? '',
  });
  return [
    screen(fleetIs('loading'), 'Reading what is on record…'),
    screen(
      fleetIs('error'),
      lines(
        'The record of VMs, workspaces, agents and sessions cannot be read. Nothing was changed.',
        link('Try again', commands.refresh),
        verb('Check the state file', 'state.check'),
        verb('Go back to the last saved copy', 'state.restore'),
        link('Show log', commands.showLog),
      ),
    ),
    screen(
      fleetIs('unreachable'),
      lines(
        'No VM gives an answer, and nothing is on record here.',
        link('Ask again', commands.refresh),
        link('See why', commands.showUnanswering),
      ),
    ),
    screen(fleetIs('empty'), first[view]),
    screen(fleetIs('ready'), next[view]),
    {
      view,
      when: isFiltered,
      contents: lines('Nothing here has these words.', link('Clear filter', commands.clearFilter)),
    },
  ];
});

const inTrees = `view =~ /^agentworks\\.(vms|workspaces|agents|sessions)$/`;
const inSessions = `view == ${views.sessions}`;

export const contributes: Contributions = {
  viewsContainers: { activitybar: [{ id: viewContainer, title: 'Agentworks', icon }] },
  views: {
    [viewContainer]: [
      { id: views.vms, name: 'VMs', icon, when: outside },
      { id: views.workspaces, name: 'Workspaces', icon, when: outside },
      { id: views.agents, name: 'Agents', icon, when: outside },
      { id: views.sessions, name: 'Sessions', icon, when: outside },
      { id: views.inside, name: 'Agentworks', icon, when: contextKeys.isInsideVm },
    ],
  },
  viewsWelcome: [
    ...welcome,
    {
      view: views.inside,
      contents: lines(
        'This window is inside a VM that Agentworks manages.',
        'VMs, agents and sessions are managed from a window on your own computer; nothing of that is kept in here, where agents work.',
        link('Close the remote connection', 'workbench.action.remote.close'),
      ),
    },
  ],
  commands: [
    { command: commands.refresh, title: 'Refresh', category: 'Agentworks', icon: '$(refresh)' },
    { command: commands.filter, title: 'Filter', category: 'Agentworks', icon: '$(filter)' },
    { command: commands.clearFilter, title: 'Clear filter', category: 'Agentworks', icon: '$(filter-filled)' },
    { command: commands.groupByVm, title: 'Group sessions by VM', category: 'Agentworks' },
    { command: commands.groupByWorkspace, title: 'Group sessions by workspace', category: 'Agentworks' },
    { command: commands.ungroup, title: 'Show sessions as a list', category: 'Agentworks' },
    {
      command: commands.showUnanswering,
      title: 'Show VMs that give no answer',
      category: 'Agentworks',
      icon: '$(debug-disconnect)',
    },
    { command: commands.showStatus, title: 'Show what needs a look', category: 'Agentworks' },
  ],
  menus: {
    'view/title': [
      { command: commands.showUnanswering, when: `${inTrees} && ${contextKeys.hasUnanswering}`, group: 'navigation@2' },
      { command: commands.filter, when: `${inTrees} && !${isFiltered}`, group: 'navigation@3' },
      { command: commands.clearFilter, when: `${inTrees} && ${isFiltered}`, group: 'navigation@3' },
      { command: commands.refresh, when: inTrees, group: 'navigation@4' },
      { command: commands.groupByVm, when: `${inSessions} && !(${grouped('vm')})`, group: '5_group@1' },
      { command: commands.groupByWorkspace, when: `${inSessions} && !(${grouped('workspace')})`, group: '5_group@2' },
      { command: commands.ungroup, when: `${inSessions} && !(${grouped('none')})`, group: '5_group@3' },
    ],
    'view/item/context': [
      { command: commands.refresh, when: `view == ${views.vms} && viewItem =~ /\\bunreachable\\b/`, group: 'inline@0' },
    ],
  },
  configuration: {
    properties: {
      [settings.refreshSeconds]: {
        type: 'integer',
        default: 10,
        minimum: 3,
        maximum: 3600,
        scope: 'application',
        markdownDescription:
          'How often, in seconds, each VM is asked while one of the views is seen. One that gives no answer is asked less and less often.',
      },
      [settings.groupSessions]: {
        type: 'string',
        default: 'workspace',
        enum: ['none', 'vm', 'workspace'],
        enumDescriptions: ['One list', 'Below their VM', 'Below their workspace'],
        scope: 'application',
        description: 'How the tree of sessions is grouped.',
      },
      [settings.notifications]: {
        type: 'boolean',
        default: true,
        scope: 'application',
        markdownDescription:
          'Tell when a session needs a look: it ended by itself or with an error, rang the bell, or went quiet. Once per change.',
      },
      [settings.watchInBackground]: {
        type: 'boolean',
        default: false,
        scope: 'application',
        markdownDescription:
          'Go on asking the VMs while the views are hidden, once they have been seen in a window, so that badge, status bar and notifications stay true.',
      },
    },
  },
};
