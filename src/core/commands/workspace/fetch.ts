import { type Command, commonParams } from '../command.ts';
import { isSet, textOf } from '../vm/params.ts';
import { workspaceArgument } from './params.ts';

export const workspaceFetch: Command = {
  id: 'workspace.fetch',
  title: 'Fetch branch into my local clone',
  summary: 'Fetch a branch of a workspace into your own clone',
  description:
    'The branch comes as a Git bundle over the connection, and stands in your clone as `refs/agentworks/NAME/BRANCH`. Git checks every object; no hook runs, nothing is checked out, no branch of yours moves. What is not committed in the workspace stays there: see `workspace changes`. A stopped VM is not started.',
  examples: ['agentworks workspace fetch shop --into ~/src/shop', 'git -C ~/src/shop log refs/agentworks/shop/main'],
  params: [
    workspaceArgument,
    {
      type: 'text',
      position: 'option',
      name: 'into',
      help: 'Your clone; the local repository that the workspace was cloned from if left out',
      source: { kind: 'path' },
    },
    { type: 'text', position: 'option', name: 'branch', help: 'Another branch than the one that is checked out there' },
    {
      type: 'text',
      position: 'option',
      name: 'repository',
      help: 'Folder below the workspace, if the repository is there',
    },
    commonParams.yes,
    commonParams.dryRun,
  ],
  needs: ['state'],
  effect: 'write',
  async run(engine, params, io) {
    const [{ fetchable, fetchBranch }, { chooseClone }] = await Promise.all([
      import('../../review/fetch.ts'),
      import('../../review/chooseClone.ts'),
    ]);
    const request = {
      workspace: textOf(params, 'name') ?? '',
      branch: textOf(params, 'branch'),
      repository: textOf(params, 'repository'),
    };
    const into = await chooseClone(engine, request.workspace, textOf(params, 'into'));
    if (isSet(params, 'dryRun')) {
      const { vm, path, known, ...found } = await fetchable(engine, request, io);
      return {
        type: 'message',
        text: `Would fetch ${found.branch ?? 'what is checked out'} (${found.commit.slice(0, 10)}) of ${path} on VM '${vm.name}' into ${into} as ${found.reference}`,
        data: { ...found, into },
      };
    }
    const { known, ...fetched } = await fetchBranch(engine, { ...request, into }, io);
    const { reference, commits } = fetched;
    return {
      type: 'message',
      text: `Fetched ${reference} into ${into}: ${commits === 0 ? 'no commit that you do not have' : `${commits} ${commits === 1 ? 'commit' : 'commits'} that no branch of yours has`}`,
      details: [
        `Look at it: git -C ${into} log -p ${reference} --not --branches --remotes`,
        ...(fetched.isShallow ? ['Its history does not go back to its beginning.'] : []),
      ],
      data: fetched,
    };
  },
};
