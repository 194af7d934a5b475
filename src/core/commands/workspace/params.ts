/** The workspace argument that every verb but `create` and `list` takes. */
export const workspaceArgument = {
  type: 'text',
  position: 'argument',
  name: 'name',
  help: 'Name of the workspace',
  isRequired: true,
  source: { kind: 'workspace' },
} as const;
