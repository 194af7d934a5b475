import type { Command } from '../command.ts';
import { isSet, textOf } from '../vm/params.ts';
import { agentArgument } from './params.ts';

export const agentVerify: Command = {
  id: 'agent.verify',
  title: 'Verify isolation of agent',
  summary: 'Prove the isolation of an agent by trying to break it, as that agent',
  description: `With the rights of a session of it, everything is tried that it must not be able to do: to read what is others', to become somebody else, to enter workspaces without a grant. Facts are shown where an attempt makes no sense. What an attempt leaves is removed; a stopped VM is never started. Ends with exit code 1 when something could be done, or an attempt was stopped from outside.

With \`--all\` or \`--vm\` every agent is verified, and what does not hold is listed.`,
  examples: ['agentworks agent verify coder', 'agentworks agent verify --all --json'],
  params: [
    { ...agentArgument, isRequired: false },
    { type: 'flag', position: 'option', name: 'all', help: 'Every agent' },
    { type: 'text', position: 'option', name: 'vm', help: 'Every agent of this VM', source: { kind: 'vm' } },
  ],
  needs: ['config', 'state'],
  effect: 'read',
  async run(engine, params, io) {
    const [name, vm, all] = [textOf(params, 'name'), textOf(params, 'vm'), isSet(params, 'all')];
    const [{ AppError }, service, view] = await Promise.all([
      import('../../errors.ts'),
      import('../../agent/verify/service.ts'),
      import('../../agent/verify/view.ts'),
    ]);
    if ([name !== undefined, vm !== undefined, all].filter(Boolean).length !== 1) {
      throw new AppError('usage', 'Name one agent, or give --vm or --all.');
    }
    if (name !== undefined) return view.verifyOutput(await service.verifyAgent(engine, name, io));
    return view.outcomesOutput(await service.verifyAgents(engine, vm, io));
  },
};
