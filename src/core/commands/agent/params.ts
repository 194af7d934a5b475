import type { ParamValues } from '../command.ts';

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
  help: 'Workspaces',
  isList: true,
  source: { kind: 'workspace' },
} as const;

/** What was given for it; a front end may hand over one text with commas. */
export function workspacesGiven(params: ParamValues): string[] {
  const given = params.workspaces;
  if (Array.isArray(given)) return given;
  return typeof given === 'string' ? [given] : [];
}
