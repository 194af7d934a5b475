import type { Command } from '../command.ts';

export const doctorCommands: readonly Command[] = [
  {
    id: 'doctor',
    title: 'Check this machine',
    summary: 'Check this machine, the configuration and the state',
    description:
      'Looks and changes nothing unless `--fix` is given; no VM is started or contacted. Ends with exit code 1 when a check failed.',
    examples: ['agentworks doctor', 'agentworks doctor --json'],
    params: [
      {
        type: 'flag',
        position: 'option',
        name: 'fix',
        help: 'Put right what is safe: key modes, stale completion scripts',
      },
    ],
    needs: [],
    effect: 'write',
    run: async (engine, params, io) => {
      const { runDoctor } = await import('../../doctor/service.ts');
      return runDoctor(engine, { isFixing: params.fix === true }, io);
    },
  },
];
