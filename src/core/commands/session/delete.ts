import { type Command, commonParams } from '../command.ts';
import { isSet, nameArgument, required, text } from './params.ts';

export const sessionDelete: Command = {
  id: 'session.delete',
  summary: 'Delete a session',
  description:
    'Saves what its log and screen hold on this machine (see `salvage list`), ends the program, removes its log and the access that the agent had only through this session. The workspace stays, unless `--delete-workspace` says otherwise; that is asked about separately. When the VM does not answer, the session stays on record and the same command finishes it.',
  params: [
    nameArgument,
    { ...commonParams.force, help: 'End the process of a session whose tmux server does not answer' },
    {
      type: 'flag',
      position: 'option',
      name: 'delete-workspace',
      help: 'Delete the workspace it was created with, too',
    },
    { type: 'flag', position: 'option', name: 'forget', help: 'Drop the record only; the VM is gone for good' },
    commonParams.unsalvaged,
    commonParams.yes,
    commonParams.dryRun,
  ],
  needs: ['state'],
  effect: 'destroy',
  async run(engine, params, io) {
    const [{ requireLocated }, { deleteWithQuestions }] = await Promise.all([
      import('../../session/lookup.ts'),
      import('../../session/deleteAsked.ts'),
    ]);
    const located = await requireLocated(engine, required(params, 'name'));
    return deleteWithQuestions(
      engine,
      located,
      {
        isForced: isSet(params, 'force'),
        isAgreed: isSet(params, 'yes'),
        isDryRun: isSet(params, 'dryRun'),
        deletesWorkspace: isSet(params, 'deleteWorkspace'),
        isForgotten: isSet(params, 'forget'),
        unsalvaged: text(params, 'unsalvaged'),
      },
      io,
    );
  },
};
