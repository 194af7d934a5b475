import type { Command, ParamValues } from '../../src/core/commands/command.ts';
import type { Output } from '../../src/core/commands/output.ts';

const nothing = async (): Promise<Output> => ({ type: 'nothing' });

/** A small table with every kind of parameter. */
export const sampleCommands: readonly Command[] = [
  {
    id: 'vm.create',
    summary: 'Make a VM',
    params: [
      { type: 'text', position: 'option', name: 'name', help: 'Name' },
      { type: 'text', position: 'option', name: 'template', help: 'Template', source: { kind: 'vmTemplate' } },
      { type: 'integer', position: 'option', name: 'cpus', help: 'Processors', minimum: 1, maximum: 64 },
      {
        type: 'text',
        position: 'option',
        name: 'platform',
        help: 'Platform',
        source: { kind: 'choices', values: ['qemu', 'ssh'] },
      },
      { type: 'flag', position: 'option', name: 'yes', short: 'y', help: 'Do not ask' },
      { type: 'flag', position: 'option', name: 'dry-run', help: 'Only show' },
    ],
    needs: [],
    effect: 'write',
    run: nothing,
  },
  {
    id: 'vm.exec',
    summary: 'Run a command',
    params: [
      { type: 'text', position: 'argument', name: 'name', help: 'VM', isRequired: true, source: { kind: 'vm' } },
      { type: 'text', position: 'rest', name: 'command', help: 'Command', isRequired: true },
      { type: 'text', position: 'option', name: 'cwd', help: 'Folder', source: { kind: 'path' } },
    ],
    needs: [],
    effect: 'write',
    run: nothing,
  },
  {
    id: 'vm.logs',
    summary: 'Show logs',
    params: [
      { type: 'text', position: 'argument', name: 'name', help: 'VM', isRequired: true, source: { kind: 'vm' } },
      { type: 'integer', position: 'option', name: 'lines', short: 'n', help: 'Lines' },
      { type: 'flag', position: 'option', name: 'no-status', help: 'Ask nobody' },
      { type: 'flag', position: 'option', name: 'follow', short: 'f', help: 'Go on' },
    ],
    needs: [],
    effect: 'read',
    run: nothing,
  },
  {
    id: 'agent.workspace-grants.grant',
    summary: 'Grant',
    params: [
      { type: 'text', position: 'argument', name: 'name', help: 'Agent', isRequired: true, source: { kind: 'agent' } },
      {
        type: 'text',
        position: 'argument',
        name: 'workspaces',
        help: 'Workspaces',
        isList: true,
        source: { kind: 'workspace' },
      },
      { type: 'flag', position: 'option', name: 'all', help: 'All' },
    ],
    needs: [],
    effect: 'write',
    run: nothing,
  },
  { id: 'doctor', summary: 'Check', params: [], needs: [], effect: 'read', run: nothing },
];

export const command = (id: string): Command => {
  const found = sampleCommands.find((one) => one.id === id);
  if (found === undefined) throw new Error(`No command ${id}`);
  return found;
};

export const given = (values: ParamValues): ParamValues =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== false));
