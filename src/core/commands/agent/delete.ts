import { type Command, commonParams } from '../command.ts';
import { savedLines } from '../salvage/saved.ts';
import { isSet, textOf } from '../vm/params.ts';
import { agentArgument } from './params.ts';

export const agentDelete: Command = {
  id: 'agent.delete',
  summary: 'Delete an agent with its home and processes',
  description:
    'What it left in workspaces stays there and becomes the operator’s. Its home is saved on this machine first, without caches, whatever the flags; see `salvage list`. When the VM does not answer, the agent stays on record and the same command finishes it.',
  params: [
    agentArgument,
    { ...commonParams.force, help: 'End and delete its sessions' },
    commonParams.yes,
    commonParams.dryRun,
    { type: 'flag', position: 'option', name: 'forget', help: 'Drop the record only; the VM is gone for good' },
    commonParams.unsalvaged,
  ],
  needs: ['state'],
  effect: 'destroy',
  async run(engine, params, io) {
    const name = textOf(params, 'name') ?? '';
    const { deleteAgent, planDelete } = await import('../../agent/service.ts');
    if (isSet(params, 'dryRun')) {
      const { losses, findings, plan, refusal } = await planDelete(engine, name, io);
      const steps = plan.steps.filter((step) => step.status !== 'satisfied').map((step) => step.title);
      return {
        type: 'message',
        text: `Deleting agent '${name}' would remove:`,
        details: [
          ...losses,
          ...steps.map((step) => `Step: ${step}`),
          ...(refusal === undefined || isSet(params, 'force') ? [] : [`It needs --force: ${refusal.message}`]),
        ],
        data: { name, losses, findings, plan },
      };
    }
    const isForgotten = isSet(params, 'forget');
    const options = {
      isForced: isSet(params, 'force'),
      isConfirmed: isSet(params, 'yes'),
      isForgotten,
      unsalvaged: textOf(params, 'unsalvaged'),
    };
    const { agent, salvage } = await deleteAgent(engine, name, options, io);
    return {
      type: 'message',
      text: isForgotten ? `Agent '${name}' forgotten; nothing was removed` : `Agent '${name}' deleted`,
      details: savedLines(salvage),
      data: { name, vm: agent.vmName, linuxUser: agent.linuxUser, isForgotten, salvage: salvage?.path ?? null },
    };
  },
};
