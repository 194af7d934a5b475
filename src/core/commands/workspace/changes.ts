import type { Command } from '../command.ts';
import { numberOf, textOf } from '../vm/params.ts';
import { workspaceArgument } from './params.ts';

export const workspaceChanges: Command = {
  id: 'workspace.changes',
  title: 'Review changes',
  summary: 'Show what a workspace has that is nowhere else',
  description:
    "Files that were changed, added, renamed or deleted, committed or not, against the nearest commit that a remote or your own computer has too. Git runs on the VM as the workspace's operator account, executes nothing of the repository, and does not believe its index: every file is compared by what is in it. What a remote has is what the repository says; `workspace fetch` brings the commits here to be compared with yours. A stopped VM is not started.",
  examples: ['agentworks workspace changes shop', 'agentworks workspace changes shop --base origin/main --json'],
  params: [
    workspaceArgument,
    { type: 'text', position: 'option', name: 'base', help: 'Branch, tag or commit there to compare with' },
    {
      type: 'integer',
      position: 'option',
      name: 'limit',
      help: 'Most files to name, of each repository',
      minimum: 1,
      maximum: 100_000,
      defaultText: '5000',
    },
  ],
  needs: ['state'],
  effect: 'read',
  async run(engine, params, io) {
    const [{ workspaceChanges: changesOf }, view] = await Promise.all([
      import('../../review/changes.ts'),
      import('../../review/view.ts'),
    ]);
    const found = await changesOf(
      engine,
      { workspace: textOf(params, 'name') ?? '', base: textOf(params, 'base'), mostFiles: numberOf(params, 'limit') },
      io,
    );
    const { workspace, repositories } = found;
    return {
      type: 'table',
      columns: view.changeColumns,
      rows: repositories.flatMap((one) => one.changes.map((change) => view.changeRow(one, change))),
      empty: repositories.length === 0 ? `Workspace '${workspace}' holds no Git repository.` : 'No changes.',
      notes: [...repositories.map((one) => view.repositoryText(workspace, one)), ...view.remarks(found)],
      data: found,
    };
  },
};
