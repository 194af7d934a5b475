import type { Contributions } from '../contributions.ts';
import { commands, contextKeys, verbCommand, views, walkthroughId } from '../ids.ts';

const category = 'Agentworks';
const picture = (name: string, altText: string) => ({ svg: `media/walkthrough/${name}.svg`, altText });
const when = (key: string): string[] => [`onContext:${key}`];

const steps = [
  {
    id: 'machine',
    title: 'Look at this machine',
    description: `Agentworks needs OpenSSH, and QEMU for VMs that run here. Nothing is installed or changed: it only looks and says what is missing.\n[Look at this machine](command:${verbCommand('doctor')})`,
    media: picture('machine', 'A list of checks with their results'),
    completionEvents: [`onCommand:${verbCommand('doctor')}`],
  },
  {
    id: 'config',
    title: 'Write your configuration',
    description: `One file, config.toml, says what VMs, agents, workspaces and sessions are made of. A sample explains each setting; all you must correct is your SSH key under [operator]. The file is checked and completed while you type.\n[Open configuration](command:${verbCommand('config.edit')})`,
    media: picture('config', 'A configuration file in which a key is completed'),
    completionEvents: when(contextKeys.hasConfig),
  },
  {
    id: 'import',
    title: 'Take over what the Python CLI had',
    description: `Its state file is here. VMs, workspaces, agents and sessions in it go on as they are; the file itself is never written.\n[Take them over](command:${verbCommand('state.import')})`,
    media: picture('import', 'Rows of one table that appear in another'),
    completionEvents: when(contextKeys.hasVm),
    when: contextKeys.hasReferenceState,
  },
  {
    id: 'vm',
    title: 'Make a VM on this machine',
    description: `With QEMU, from Debian's own cloud image: nothing else is needed, and the agents in it do not reach your files.\n[Create VM with QEMU](command:${commands.createQemuVm})\nNo QEMU? The next step takes a machine that you have.`,
    media: picture('vm', 'A VM inside your machine, with a border around it'),
    completionEvents: when(contextKeys.hasVm),
  },
  {
    id: 'adopt',
    title: 'Or use a machine of yours',
    description: `Any Debian 12 machine that you reach over SSH. Every change to it is shown and asked first, and taking it out again undoes them.\n[Adopt a machine](command:${commands.adoptHost})`,
    media: picture('adopt', 'Your machine and another one, with a line between them'),
    completionEvents: when(contextKeys.hasVm),
  },
  {
    id: 'workspace',
    title: 'Make a workspace',
    description: `A project folder on the VM, from a Git repository if you like. Only agents that you grant it to can enter.\n[Create workspace](command:${verbCommand('workspace.create')})`,
    media: picture('workspace', 'A folder with a lock inside a VM'),
    completionEvents: when(contextKeys.hasWorkspace),
  },
  {
    id: 'agent',
    title: 'Make an agent',
    description: `A Linux user of its own: no sudo, a home that nobody else reads, limits of memory and processes.\n[Create agent](command:${verbCommand('agent.create')})`,
    media: picture('agent', 'An account beside the folder, inside the VM'),
    completionEvents: when(contextKeys.hasAgent),
  },
  {
    id: 'session',
    title: 'Start a session',
    description: `A program that runs as the agent in the workspace, and goes on when your laptop sleeps. [The list of sessions](command:${views.sessions}.focus) marks those that need a look.\n[Create session](command:${verbCommand('session.create')})`,
    media: picture('session', 'A list of sessions, one of them marked'),
    completionEvents: when(contextKeys.hasSession),
  },
  {
    id: 'attach',
    title: 'Attach to it',
    description: `Its screen in a terminal here. Leave with Ctrl+B, then D: the session goes on.\n[Attach to a session](command:${verbCommand('session.attach')})`,
    media: picture('attach', 'A terminal that shows what the agent does'),
    completionEvents: [`onCommand:${verbCommand('session.attach')}`],
  },
];

export const contributes: Contributions = {
  commands: [
    { command: commands.openWalkthrough, title: 'Get started', category },
    { command: commands.createQemuVm, title: 'Create VM with QEMU', category },
    { command: commands.adoptHost, title: 'Adopt a machine over SSH', category },
  ],
  walkthroughs: [
    {
      id: walkthroughId,
      title: 'Get started with Agentworks',
      description: 'From nothing to an agent that you watch, in a few minutes.',
      steps,
    },
  ],
};
