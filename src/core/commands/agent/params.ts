/** The agent argument that every verb but `create` and `list` takes. */
export const agentArgument = {
  type: 'text',
  position: 'argument',
  name: 'name',
  help: 'Name of the agent',
  isRequired: true,
  source: { kind: 'agent' },
} as const;

/** Workspaces of `workspace-grants grant` and `deny`. */
export const workspacesArgument = {
  type: 'text',
  position: 'argument',
  name: 'workspaces',
  help: 'Workspaces, divided by commas',
  source: { kind: 'workspace' },
} as const;
