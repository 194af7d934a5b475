import { type Command, commonParams } from '../command.ts';
import { savedLines } from '../salvage/saved.ts';
import { isSet, textOf, vmArgument } from './params.ts';

export const vmDelete: Command = {
  id: 'vm.delete',
  summary: 'Delete a VM with everything on it; un-adopts a host',
  description:
    'Names everything that will be lost and asks. Work that is nowhere else is saved on this machine first, whatever the flags; see `salvage list`. What is on a VM that does not answer cannot be saved: its name must then be said back. A machine that cannot be removed stays on record, and the same command finishes it.\n\nAn adopted host stays: changes that concern everybody on it are undone, and our accounts, workspaces and files are removed when you say so.',
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
    commonParams.unsalvaged,
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
    const service = await import('../../vm/service.ts');
    const files = isSet(params, 'removeFiles') ? true : isSet(params, 'keepFiles') ? false : undefined;
    if (isSet(params, 'dryRun')) {
      const vm = await service.requireVm(engine, name);
      const { children, ...loss } = await service.lossOf(engine, vm);
      const areFilesLost = service.areFilesLost(vm, files);
      const findings = await service.findingsOn(engine, vm, io);
      const isEmpty = children.workspaces.length + children.agents.length === 0;
      const { findingLines } = await import('../../salvage/text.ts');
      const reason = isSet(params, 'force') ? undefined : service.forceReason(vm, loss);
      return {
        type: 'message',
        text: `Deleting VM '${name}' would lose:`,
        details: [
          ...service.lossLines(loss, areFilesLost),
          ...(isEmpty || !areFilesLost ? [] : findingLines(findings)),
          ...(reason === undefined ? [] : [`It needs --force: ${reason}`]),
        ],
        data: { name, loss, findings },
      };
    }
    const request = {
      name,
      force: isSet(params, 'force'),
      isConfirmed: isSet(params, 'yes'),
      forget: isSet(params, 'forget'),
      unsalvaged: textOf(params, 'unsalvaged'),
      files,
    };
    const { vm, loss, salvage } = await service.deleteVm(engine, request, io);
    return {
      type: 'message',
      text: vm.origin === 'adopted' ? `VM '${name}' is no longer managed` : `VM '${name}' deleted`,
      details: savedLines(salvage),
      data: { name, loss, salvage: salvage?.path ?? null },
    };
  },
};
