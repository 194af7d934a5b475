import type { Command, Param } from './command.ts';
import { groupSummaries } from './globals.ts';

export interface GroupNode {
  kind: 'group';
  /** Words after the program name; empty for the program itself. */
  path: readonly string[];
  summary: string;
  children: Map<string, TreeNode>;
}

export interface CommandNode {
  kind: 'command';
  path: readonly string[];
  command: Command;
}

export type TreeNode = GroupNode | CommandNode;

/** Verbs by their dotted ids as nested groups, in the order of the table. */
export function commandTree(commands: readonly Command[]): GroupNode {
  const root: GroupNode = { kind: 'group', path: [], summary: '', children: new Map() };
  for (const command of commands) {
    const path = command.id.split('.');
    let group = root;
    for (const [index, word] of path.slice(0, -1).entries()) {
      const here = path.slice(0, index + 1);
      const known = group.children.get(word);
      if (known?.kind === 'command') throw new Error(`${here.join('.')} is both a verb and a group`);
      const next = known ?? {
        kind: 'group',
        path: here,
        summary: groupSummaries[here.join('.')] ?? '',
        children: new Map(),
      };
      group.children.set(word, next);
      group = next;
    }
    const word = path[path.length - 1] ?? '';
    if (group.children.has(word)) throw new Error(`${command.id} is declared twice`);
    group.children.set(word, { kind: 'command', path, command });
  }
  return root;
}

export const camelCase = (name: string): string =>
  name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** `VM_NAME` for help; flags have none. */
export const valueName = (param: Param): string => {
  if (param.type === 'integer') return 'N';
  if (param.source?.kind === 'path') return 'PATH';
  if (param.type === 'text' && param.position !== 'option') return param.name.toUpperCase().replaceAll('-', '_');
  return 'TEXT';
};

export const takesValue = (param: Param): boolean => param.type !== 'flag';
export const isOption = (param: Param): boolean => param.position === 'option';
export const argumentsOf = (command: Command): Param[] =>
  command.params.filter((param) => param.position === 'argument');
export const restOf = (command: Command): Param | undefined =>
  command.params.find((param) => param.position === 'rest');
export const optionsOf = (command: Command): Param[] => command.params.filter(isOption);
