import type { ValueSchema } from './types.ts';

/** Limits of everything that runs as one agent. Named as systemd's settings, which they become. */
export const limitKeys = {
  memory_max: {
    kind: 'value',
    type: 'string',
    default: '75%',
    applies: 'create and reinit',
    doc: 'Memory that all processes of the agent may have together: a size such as `4G` or `512M`, or a share of the VM’s memory such as `50%`. Where it does not suffice, the kernel ends processes of this agent and no other. `infinity`: no limit.',
    refers: { to: 'memory-size', minimum: 64 * 1024 ** 2 },
  },
  memory_swap_max: {
    kind: 'value',
    type: 'string',
    default: '25%',
    applies: 'create and reinit',
    doc: 'Swap that they may have beyond it: a size, or a share of the VM’s memory. `0`: none. `infinity`: all there is.',
    refers: { to: 'memory-size', minimum: 0 },
  },
  cpu_quota: {
    kind: 'value',
    type: 'string',
    applies: 'create and reinit',
    doc: 'Processor time that they may use: `100%` is one processor, `250%` two and a half. `infinity`: no limit.',
    example: '"200%"',
    unset: 'no limit: idle processors are free to use, busy ones are shared evenly between agents',
    refers: { to: 'cpu-share' },
  },
  tasks_max: {
    kind: 'value',
    type: 'integer',
    default: 4096,
    minimum: 64,
    maximum: 1_000_000,
    applies: 'create and reinit',
    doc: 'Processes and threads that they may have at a time.',
  },
} as const satisfies Record<string, ValueSchema>;
