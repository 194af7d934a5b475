import { open } from 'node:fs/promises';
import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { operatorUser } from '../names.ts';
import { containedScript } from '../remote/contained.ts';
import { streamAsRoot } from '../remote/stream.ts';
import { sizeText, stripControls } from '../text.ts';
import type { Vm } from '../vm/model.ts';
import { record } from '../workspace/record.ts';
import { refProblem } from '../workspace/repo.ts';
import { askOperator, lastLine, noAnswer, readableWorkspace } from './ask.ts';
import { bundleScript, noRepository, tipsScript } from './bundleScript.ts';
import { noFolder } from './changesScript.ts';
import { openClone, takeCommit } from './localClone.ts';

export interface FetchRequest {
  workspace: string;
  /** The operator's clone. */
  into: string;
  /** Undefined: what is checked out there. */
  branch?: string | undefined;
  /** Below the workspace. */
  repository?: string | undefined;
}

/** What is there to fetch. The names and ids are the agent's word. */
export interface Fetchable {
  /** Undefined: no branch is checked out. */
  branch: string | undefined;
  commit: string;
  format: 'sha1' | 'sha256';
  isShallow: boolean;
  /** Where it goes. */
  reference: string;
  known: string[];
}

export interface Fetched extends Fetchable {
  into: string;
  /** Commits that no branch of the clone and of its remotes has. */
  commits: number;
}

const mostBundleBytes = 16 * 2 ** 30;
const bundleSeconds = 3600;
const idPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** `refs/agentworks/shop/work`; a name that would be read as something else is replaced by the id. */
export function referenceFor(workspace: string, branch: string | undefined, commit: string): string {
  const isFit = branch !== undefined && refProblem(branch) === undefined && branch.length <= 200;
  const name = isFit && stripControls(branch) === branch ? branch : `commit-${commit.slice(0, 12)}`;
  return `refs/agentworks/${workspace}/${name}`;
}

/** Asks what is checked out, or where the branch stands. One round trip. */
export async function fetchable(
  engine: Engine,
  request: Omit<FetchRequest, 'into'>,
  context: OperationContext,
): Promise<Fetchable & { vm: Vm; path: string }> {
  const { repository = '.' } = request;
  const { workspace, vm } = await readableWorkspace(engine, request.workspace);
  const { name, path } = workspace;
  const question = { script: tipsScript, args: [path, repository], seconds: 60, mostBytes: 2 ** 20 };
  const { code, bytes, complaint } = await askOperator(engine, vm, workspace, question, context);
  if (code === noFolder || code === noRepository) {
    throw new AppError(
      'not-found',
      `There is no Git repository in ${repository === '.' ? `the folder of workspace '${name}'` : `${repository} of workspace '${name}'`}.`,
      {
        hint: `See where there are some: agentworks workspace changes ${name}`,
      },
    );
  }
  const [current = '', head = '', format, isShallow, ...rest] = bytes.toString('utf8').split('\n');
  if (code !== 0 || (head !== '' && !idPattern.test(head))) throw noAnswer(name, 'The branches', complaint);
  const branches = new Map(
    rest.flatMap((line) => {
      const [, id = '', branch = ''] = /^b ([0-9a-f]+) (.+)$/.exec(line) ?? [];
      return idPattern.test(id) ? [[branch, id] as const] : [];
    }),
  );
  const branch = request.branch ?? (current === '' ? undefined : current);
  const commit = request.branch === undefined ? head : branches.get(request.branch);
  if (commit === undefined || commit === '') {
    throw new AppError(
      'not-found',
      commit === ''
        ? `There is no commit in workspace '${name}' yet.`
        : `There is no branch '${request.branch}' in workspace '${name}'.`,
      {
        hint:
          commit === ''
            ? undefined
            : `It has: ${[...branches.keys()]
                .slice(0, 10)
                .map((one) => stripControls(one))
                .join(', ')}`,
      },
    );
  }
  return {
    vm,
    path,
    branch,
    commit,
    format: format === 'sha256' ? 'sha256' : 'sha1',
    isShallow: isShallow === '1',
    reference: referenceFor(name, branch, commit),
    known: rest.flatMap((line) => (line.startsWith('k ') && idPattern.test(line.slice(2)) ? [line.slice(2)] : [])),
  };
}

/**
 * Brings a branch of a workspace into the operator's clone, as a reference below `refs/agentworks/<workspace>/`. What
 * comes from the VM is one bundle, made as the operator account: data, taken apart in a repository of ours and checked by
 * Git before the clone gets it. No hook runs, nothing is checked out, no branch of the operator's moves.
 */
export async function fetchBranch(engine: Engine, request: FetchRequest, context: OperationContext): Promise<Fetched> {
  const clone = await openClone(engine, request.into, context);
  const found = await fetchable(engine, request, context);
  const { vm, path, ...facts } = found;
  if (found.format !== clone.format) {
    throw new AppError(
      'refused',
      `The workspace names its objects by ${found.format}, your clone by ${clone.format}.`,
      {
        hint: 'Git cannot bring them together; give another clone with --into.',
      },
    );
  }
  await takeCommit(
    engine,
    clone,
    found,
    (to, without) => download(engine, vm, { ...request, path, commit: found.commit, without, to }, context),
    context,
  );
  const count = await clone.git('rev-list', '--count', found.reference, '--not', '--branches', '--remotes');
  const { workspace: name, into } = request;
  await record(engine, {
    kind: 'workspace',
    name,
    vm: vm.name,
    event: 'fetched',
    detail: `${found.reference} into ${into}`,
  });
  return { ...facts, into, commits: Number(count.text) || 0 };
}

interface Download {
  workspace: string;
  repository?: string | undefined;
  path: string;
  commit: string;
  without: readonly string[];
  to: string;
}

async function download(engine: Engine, vm: Vm, request: Download, context: OperationContext): Promise<void> {
  const { workspace, repository = '.', path, commit, without, to } = request;
  const script = containedScript({
    account: operatorUser(workspace),
    seconds: bundleSeconds,
    script: bundleScript,
    args: [path, repository, commit, ...without],
    mostBytes: mostBundleBytes,
    isRaw: true,
  });
  const progress = {
    type: 'progress',
    id: 'fetch',
    title: `Fetch from workspace ${workspace}`,
    unit: 'bytes',
  } as const;
  let [done, code, complaint] = [0, -1, ''];
  const file = await open(to, 'w', 0o600);
  try {
    const onComplaint = (text: string): void => {
      complaint = text;
    };
    const onExit = (value: number): void => {
      code = value;
    };
    const request = { script, stallMs: 120_000, onComplaint, onExit };
    for await (const chunk of streamAsRoot(engine, vm, request, context)) {
      await file.write(chunk);
      done += chunk.length;
      context.report({ ...progress, done, status: 'running' });
    }
  } finally {
    await file.close();
    context.report({ ...progress, done, status: code === 0 ? 'done' : 'failed' });
  }
  if (code !== 0) throw noAnswer(workspace, `The branch (${sizeText(done)} came)`, lastLine(complaint));
}
