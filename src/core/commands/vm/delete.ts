import { type Command, commonParams } from '../command.ts';
import { isSet, textOf, vmArgument } from './params.ts';

export const vmDelete: Command = {
  id: 'vm.delete',
  summary: 'Delete a VM with everything on it; un-adopts a host',
  description:
    'Names everything that will be lost and asks. A machine that cannot be removed stays on record, and the same command finishes it.\n\nAn adopted host stays: changes that concern everybody on it are undone, and our accounts, workspaces and files are removed when you say so.',
  params: [
    vmArgument,
    commonParams.force,
    commonParams.yes,
    commonParams.dryRun,
    {
      type: 'flag',
      position: 'option',
      name: 'forget',
      help: 'Drop the record although the machine could not be removed',
    },
    {
      type: 'flag',
      position: 'option',
      name: 'remove-files',
      help: 'Adopted hosts: remove our accounts, workspaces and files',
    },
    {
      type: 'flag',
      position: 'option',
      name: 'keep-files',
      help: 'Adopted hosts: leave our accounts, workspaces and files',
    },
  ],
  needs: ['state'],
  effect: 'destroy',
  async run(engine, params, io) {
    const name = textOf(params, 'name') ?? '';
    const { deleteVm, lossLines, lossOf, requireVm } = await import('../../vm/service.ts');
    if (isSet(params, 'dryRun')) {
      const { children: _, ...loss } = await lossOf(engine, await requireVm(engine, name));
      return {
        type: 'message',
        text: `Deleting VM '${name}' would lose:`,
        details: lossLines(loss),
        data: { name, loss },
      };
    }
    const request = {
      name,
      force: isSet(params, 'force'),
      isConfirmed: isSet(params, 'yes'),
      forget: isSet(params, 'forget'),
      files: isSet(params, 'removeFiles') ? true : isSet(params, 'keepFiles') ? false : undefined,
    };
    const { vm, loss } = await deleteVm(engine, request, io);
    return {
      type: 'message',
      text: vm.origin === 'adopted' ? `VM '${name}' is no longer managed` : `VM '${name}' deleted`,
      data: { name, loss },
    };
  },
};
