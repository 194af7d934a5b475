import type { ParamValues } from '../command.ts';

export const textOf = (params: ParamValues, name: string): string | undefined => {
  const value = params[name];
  return typeof value === 'string' ? value : undefined;
};

export const numberOf = (params: ParamValues, name: string): number | undefined => {
  const value = params[name];
  return typeof value === 'number' ? value : undefined;
};

export const isSet = (params: ParamValues, name: string): boolean => params[name] === true;

export const listOf = (params: ParamValues, name: string): string[] => {
  const value = params[name];
  return Array.isArray(value) ? value : typeof value === 'string' ? [value] : [];
};

/** The VM argument that every verb but `create` and `list` takes. */
export const vmArgument = {
  type: 'text',
  position: 'argument',
  name: 'name',
  help: 'Name of the VM',
  isRequired: true,
  source: { kind: 'vm' },
} as const;

export const hostChangesParam = {
  type: 'text',
  position: 'option',
  name: 'host-changes',
  help: 'Adopted hosts: make changes that concern everybody on the host, or leave them out',
  source: { kind: 'choices', values: ['yes', 'no'] },
} as const;

export const hostChangesOf = (params: ParamValues): 'yes' | 'no' | undefined => {
  const value = params.hostChanges;
  return value === 'yes' || value === 'no' ? value : undefined;
};
