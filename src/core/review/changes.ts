import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { refProblem } from '../workspace/repo.ts';
import { askOperator, noAnswer, readableWorkspace } from './ask.ts';
import { changesScript, noBase, noFolder } from './changesScript.ts';
import type { WorkspaceChanges } from './model.ts';
import { parseChanges } from './parse.ts';

export interface ChangesRequest {
  workspace: string;
  /** Branch, tag or commit to compare with; undefined: the nearest commit that is elsewhere too. */
  base?: string | undefined;
  /** Most files of each repository. */
  mostFiles?: number | undefined;
}

const seconds = 90;
const mostBytes = 32 * 2 ** 20;

/**
 * What a workspace holds that is not elsewhere: commits that no remote has, and what is not committed, new files
 * included, against the commit where that began. One round trip, as the workspace's operator account; starts nothing.
 */
export async function workspaceChanges(
  engine: Engine,
  request: ChangesRequest,
  context: OperationContext,
): Promise<WorkspaceChanges> {
  const { base = '', mostFiles = 5000 } = request;
  const problem = base === '' ? undefined : refProblem(base);
  if (problem !== undefined) throw new AppError('invalid', problem);
  const { workspace, vm } = await readableWorkspace(engine, request.workspace);
  const { name, path } = workspace;
  const question = { script: changesScript, args: [path, base, mostFiles], seconds, mostBytes };
  const { code, bytes, complaint } = await askOperator(engine, vm, workspace, question, context);
  if (code === noFolder) {
    throw new AppError(
      'not-found',
      `The folder of workspace '${name}' is gone, or its operator account may not enter it.`,
      {
        hint: `Put it right: agentworks workspace repair ${name}`,
        data: { workspace: name, path },
      },
    );
  }
  if (code === noBase) {
    throw new AppError('not-found', `There is no branch, tag or commit '${base}' in workspace '${name}'.`, {
      hint: `See what it is compared with by itself: agentworks workspace changes ${name}`,
      data: { workspace: name, base },
    });
  }
  const parsed = code === 0 ? parseChanges(bytes.toString('utf8')) : undefined;
  if (parsed === undefined) throw noAnswer(name, 'The changes', complaint);
  return { workspace: name, vm: vm.name, ...parsed };
}
