import { type Command, commonParams } from '../command.ts';
import { savedLines } from '../salvage/saved.ts';
import { isSet, textOf } from '../vm/params.ts';
import { workspaceArgument } from './params.ts';

export const workspaceDelete: Command = {
  id: 'workspace.delete',
  summary: 'Delete a workspace with its folder, group and operator account',
  description:
    'Lists what goes, work that is nowhere else included, and asks. Such work is saved on this machine first, whatever the flags; see `salvage list`. When the VM does not answer, the workspace stays on record and the same command finishes it.',
  params: [
    workspaceArgument,
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
    const { deleteWorkspace, planDelete } = await import('../../workspace/service.ts');
    if (isSet(params, 'dryRun')) {
      const { losses, findings, plan, refusal } = await planDelete(engine, name, io);
      const steps = plan?.steps.filter((step) => step.status !== 'satisfied').map((step) => step.title) ?? [];
      return {
        type: 'message',
        text: `Deleting workspace '${name}' would remove:`,
        details: [
          ...losses,
          ...steps.map((step) => `Step: ${step}`),
          ...(refusal === undefined || isSet(params, 'force') ? [] : [`It needs --force: ${refusal.message}`]),
        ],
        data: { name, losses, findings: findings ?? null, plan: plan ?? null },
      };
    }
    const isForgotten = isSet(params, 'forget');
    const options = {
      isForced: isSet(params, 'force'),
      isConfirmed: isSet(params, 'yes'),
      isForgotten,
      unsalvaged: textOf(params, 'unsalvaged'),
    };
    const { workspace, salvage } = await deleteWorkspace(engine, name, options, io);
    return {
      type: 'message',
      text: isForgotten ? `Workspace '${name}' forgotten; nothing was removed` : `Workspace '${name}' deleted`,
      details: savedLines(salvage),
      data: {
        name,
        vm: workspace.vmName ?? null,
        path: workspace.path,
        isForgotten,
        salvage: salvage?.path ?? null,
      },
    };
  },
};
