import { AppError } from '../../errors.ts';
import type { Param, ParamValues } from '../command.ts';

export const text = (params: ParamValues, name: string): string | undefined => {
  const value = params[name];
  return typeof value === 'string' ? value : undefined;
};

export const isSet = (params: ParamValues, name: string): boolean => params[name] === true;

export const integer = (params: ParamValues, name: string): number | undefined => {
  const value = params[name];
  return typeof value === 'number' ? value : undefined;
};

export const required = (params: ParamValues, name: string): string => {
  const value = text(params, name);
  if (value === undefined) throw new AppError('usage', `Missing argument ${name.toUpperCase()}.`);
  return value;
};

export const usage = (message: string, hint?: string): AppError => new AppError('usage', message, { hint });

export const nameArgument = {
  type: 'text',
  position: 'argument',
  name: 'name',
  help: 'Session',
  isRequired: true,
  source: { kind: 'session' },
} as const satisfies Param;

export const optionalName = { ...nameArgument, isRequired: false } as const satisfies Param;

export const filterParams = {
  workspace: {
    type: 'text',
    position: 'option',
    name: 'workspace',
    help: 'Only sessions of this workspace',
    source: { kind: 'workspace' },
  },
  vm: { type: 'text', position: 'option', name: 'vm', help: 'Only sessions on this VM', source: { kind: 'vm' } },
  agent: {
    type: 'text',
    position: 'option',
    name: 'agent',
    help: 'Only sessions of this agent',
    source: { kind: 'agent' },
  },
} as const satisfies Record<string, Param>;
