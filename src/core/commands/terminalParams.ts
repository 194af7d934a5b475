import type { Param } from './command.ts';

/** Of verbs whose output would be gone with the terminal. */
export const holdParam = {
  type: 'flag',
  position: 'option',
  name: 'hold',
  help: 'Wait for Enter at the end, where the terminal closes with its program',
} as const satisfies Param;

/** Of every verb that gives the terminal to a machine: for terminals that are to stay, such as an editor's. */
export const terminalParams = [
  {
    type: 'flag',
    position: 'option',
    name: 'reconnect',
    help: 'Connect again whenever the connection is lost, until it works',
  },
  {
    type: 'flag',
    position: 'option',
    name: 'hold',
    help: 'After an error wait for Enter, where the terminal closes at the end',
  },
] as const satisfies readonly Param[];

export const noStartParam = {
  type: 'flag',
  position: 'option',
  name: 'no-start',
  help: 'Fail when the VM is stopped, rather than start it',
} as const satisfies Param;
