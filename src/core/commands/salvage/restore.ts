import { type Command, commonParams } from '../command.ts';
import { isSet, textOf } from '../vm/params.ts';
import { salvageArgument } from './params.ts';

export const salvageRestore: Command = {
  id: 'salvage.restore',
  summary: 'Put a salvage into a folder, or into a workspace on a VM',
  description:
    'Repositories come back as clones with all their branches and stashes, and with what was staged, changed and untracked, so that `git status` shows what it showed. Transcripts become plain text.\n\nNothing from a repository is run, and nothing is overwritten: the folder must not exist, and in a workspace everything goes into a new folder `salvage-<id>`. What was kept of a Git folder itself (configuration, hooks) lies in `.git.salvaged`, where Git does not use it; where another folder looks like a repository, its `HEAD` is called `HEAD.salvaged`.',
  examples: [
    'agentworks salvage restore app --to ~/app-salvaged',
    'agentworks salvage restore 1f2e3d4c --workspace app',
  ],
  params: [
    salvageArgument,
    {
      type: 'text',
      position: 'option',
      name: 'to',
      help: 'A folder on this machine that does not exist yet',
      source: { kind: 'path' },
      isAsked: true,
      insteadOf: 'workspace',
    },
    {
      type: 'text',
      position: 'option',
      name: 'workspace',
      help: 'A workspace on a VM',
      source: { kind: 'workspace' },
      isAsked: true,
    },
    commonParams.yes,
    commonParams.dryRun,
  ],
  needs: ['state'],
  effect: 'write',
  async run(engine, params, io) {
    const [{ requireSalvage }, { AppError }, { resolve }, { expandHome }] = await Promise.all([
      import('../../salvage/folder.ts'),
      import('../../errors.ts'),
      import('node:path'),
      import('../../ports/files.ts'),
    ]);
    const given = textOf(params, 'to');
    const workspace = textOf(params, 'workspace');
    if ((given === undefined) === (workspace === undefined)) {
      throw new AppError('usage', 'Say where to: either --to or --workspace.', {
        hint: `For example: agentworks salvage restore ${textOf(params, 'name') ?? 'NAME'} --to ~/salvaged`,
      });
    }
    const salvage = await requireSalvage(engine, textOf(params, 'name') ?? '');
    const folder = given === undefined ? undefined : resolve(expandHome(given, engine.files.home));
    if (isSet(params, 'dryRun')) {
      const { holdsText } = await import('../../salvage/view.ts');
      return {
        type: 'message',
        text: `Would put ${holdsText(salvage.manifest)} into ${folder ?? `workspace '${workspace}', folder salvage-${salvage.manifest.id}`}`,
        data: { name: salvage.folder, to: folder ?? null, workspace: workspace ?? null },
      };
    }
    const restored =
      folder === undefined
        ? await (await import('../../salvage/upload.ts')).restoreToWorkspace(
            engine,
            salvage,
            workspace ?? '',
            { isAgreed: isSet(params, 'yes') },
            io,
          )
        : await (await import('../../salvage/restore.ts')).restoreTo(engine, salvage, folder, io);
    if (restored.refused.length > 0) {
      const { few } = await import('../../salvage/text.ts');
      io.report({
        type: 'warning',
        text: `Left out, since their names lead elsewhere: ${few(restored.refused)}`,
      });
    }
    return {
      type: 'message',
      text: `Restored to ${restored.folder}`,
      details: [
        ...restored.repositories.map((one) => `Repository ${one}`),
        ...restored.transcripts.map((one) => `Transcript ${one}`),
      ],
      data: { name: salvage.folder, ...restored },
    };
  },
};
