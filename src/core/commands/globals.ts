/** An option that every verb takes, in any place of the line. */
export interface GlobalOption {
  name: string;
  short?: string;
  /** Shown for options that take a value. */
  value?: string;
  help: string;
}

export const globalOptions: readonly GlobalOption[] = [
  { name: 'json', help: 'Print data as JSON, progress as JSON lines on stderr' },
  { name: 'non-interactive', help: 'Never ask; fail naming the flag that would have answered' },
  { name: 'config', value: 'PATH', help: 'Use another configuration file' },
  { name: 'no-color', help: 'No colours' },
  { name: 'quiet', help: 'No progress and no confirmations; warnings and results only' },
  { name: 'debug', help: 'Show the stack of an error' },
  { name: 'help', short: 'h', help: 'Show help' },
  { name: 'version', help: 'Show the version' },
];

/** One line for each group of verbs, by its dotted id. */
export const groupSummaries: Readonly<Record<string, string>> = {
  vm: 'Virtual machines: create, start, look into, delete',
  workspace: 'Project folders on VMs or on this machine',
  agent: 'Agents: unprivileged Linux users on a VM',
  'agent.workspace-grants': 'Which workspaces an agent may enter',
  session: 'Persistent tmux sessions that run agents',
  salvage: 'Work that was saved before something was deleted',
  config: 'The configuration file',
  template: 'Templates with their inherited values',
  installer: 'The catalog of packages and install commands',
  state: 'The state file: import and export',
  ssh: 'SSH hosts and keys',
};
