import { basename, dirname, join } from 'node:path';
import type { Engine } from '../engine.ts';
import { AppError, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import type { CreatedWorkspace } from './create.ts';
import type { Workspace } from './model.ts';
import { nowOf, record } from './record.ts';
import { type CreateWorkspaceRequest, localDraft } from './request.ts';
import { deleteWorkspace, insertWorkspace, updateWorkspace } from './rows.ts';
import { inspectRepo, reportChanges } from './source.ts';

export type LocalWorkspace = Extract<Workspace, { type: 'local' }>;

/** The folder and what would be put there, with every check of create. Changes nothing. */
export async function planLocal(
  engine: Engine,
  request: CreateWorkspaceRequest,
  context: OperationContext,
): Promise<{ workspace: LocalWorkspace; branch: string | undefined; isResumed: boolean }> {
  const draft = await localDraft(engine, request);
  const path = join(draft.config.paths.localWorkspaces, draft.name);
  const isResumed = draft.createdAt !== undefined;
  if (!isResumed && (await engine.files.info(path)) !== undefined) {
    throw new AppError('exists', `There already is ${path}.`, { hint: 'Move it away, or choose another name.' });
  }
  if (draft.source?.kind === 'path') {
    const { changes } = await inspectRepo(engine, draft.source.path, draft.branch, context);
    reportChanges(draft.source.path, changes, context);
  }
  const workspace: LocalWorkspace = {
    name: draft.name,
    type: 'local',
    vmName: undefined,
    template: draft.template.name,
    path,
    status: 'creating',
    repo: draft.repo,
    createdAt: draft.createdAt ?? nowOf(engine),
    lastSeenAt: undefined,
  };
  return { workspace, branch: draft.branch, isResumed };
}

/** A folder on the operator's machine, empty or cloned with the operator's own Git. */
export async function createLocal(
  engine: Engine,
  request: CreateWorkspaceRequest,
  context: OperationContext,
): Promise<CreatedWorkspace> {
  const { workspace, branch, isResumed } = await planLocal(engine, request, context);
  const { name, path } = workspace;
  // A folder that this run began is made beside its place, and takes it only when it is whole.
  const partial = join(dirname(path), `.${basename(path)}.creating`);
  if (isResumed && (await engine.files.info(path)) !== undefined) {
    throw new AppError('exists', `There already is ${path}.`, {
      hint: `Remove the unfinished workspace first: agentworks workspace delete ${name}`,
    });
  }
  if (!isResumed) await engine.database.write((w) => insertWorkspace(w, workspace));
  try {
    await engine.files.remove(partial);
    await engine.files.makeDirectory(partial);
    if (workspace.repo !== undefined) await clone(engine, workspace.repo, branch, partial, context);
    await engine.files.rename(partial, path);
  } catch (error) {
    const failure = toAppError(error);
    await engine.files.remove(partial).catch(() => undefined);
    await record(
      engine,
      { kind: 'workspace', name, vm: undefined, event: 'create_failed', detail: failure.message },
      (w) => deleteWorkspace(w, name),
    );
    throw failure;
  }
  await record(engine, { kind: 'workspace', name, vm: undefined, event: 'created', detail: workspace.repo }, (w) =>
    updateWorkspace(w, name, { status: 'ready', repo: workspace.repo, template: workspace.template }),
  );
  return { workspace: { ...workspace, status: 'ready' }, codeWorkspace: undefined, agents: [], warnings: [] };
}

async function clone(
  engine: Engine,
  repo: string,
  branch: string | undefined,
  folder: string,
  context: OperationContext,
): Promise<void> {
  const id = 'clone';
  const title = `Clone ${repo}`;
  context.report({ type: 'progress', id, title, status: 'running' });
  const args = ['clone', '--progress', ...(branch === undefined ? [] : ['--branch', branch]), '--', repo, folder];
  const result = await engine.process.run('git', args, { signal: context.signal });
  context.report({ type: 'progress', id, title, status: result.code === 0 ? 'done' : 'failed' });
  if (result.code === 0) return;
  const last =
    result.stderr
      .trim()
      .split(/[\r\n]/)
      .at(-1) ?? '';
  throw new AppError('remote-failed', `Git could not clone ${repo}: ${engine.secrets.redact(last)}`, {
    hint: /^https:/.test(repo)
      ? 'Check the address and what your own Git uses as credentials (git config credential.helper).'
      : 'Check the address, and that your own key may read it.',
  });
}
