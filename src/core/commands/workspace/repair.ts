import { type Command, commonParams } from '../command.ts';
import { isSet, textOf } from '../vm/params.ts';
import { workspaceArgument } from './params.ts';

export const workspaceRepair: Command = {
  id: 'workspace.repair',
  summary: 'Put right what a workspace needs on its VM',
  description:
    'Group, operator account, permissions of the folder itself, and which agents are let in, as our records have it. Files in the folder are not touched. A group that an old release of the reference CLI made is renamed.',
  examples: ['agentworks workspace repair shop --dry-run'],
  params: [workspaceArgument, commonParams.dryRun, commonParams.yes],
  needs: ['config', 'state'],
  effect: 'write',
  async run(engine, params, io) {
    const name = textOf(params, 'name') ?? '';
    const { planRepair, repairWorkspace } = await import('../../workspace/service.ts');
    if (isSet(params, 'dryRun')) {
      const [plan, { planOutput }] = await Promise.all([planRepair(engine, name, io), import('../vm/planOutput.ts')]);
      return planOutput(plan, []);
    }
    const { steps, operationId, logPath } = await repairWorkspace(
      engine,
      name,
      { isConfirmed: isSet(params, 'yes') },
      io,
    );
    const changed = steps.filter((step) => step.status === 'changed');
    return {
      type: 'message',
      text: changed.length === 0 ? `Workspace '${name}' needed no repair` : `Workspace '${name}' is repaired`,
      details: changed.map((step) => `Fixed: ${step.title}`),
      data: { name, steps, operation: operationId, log: logPath ?? null },
    };
  },
};
