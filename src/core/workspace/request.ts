import { dirname, posix } from 'node:path';
import { listAgents } from '../agent/rows.ts';
import type { Config, GitCredential, WorkspaceTemplate } from '../config/model.ts';
import type { Engine } from '../engine.ts';
import { tokenVariable } from '../environment/tokens.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { checkName, nameProblem, suggestName } from '../names.ts';
import type { Writer } from '../store/database.ts';
import { chooseVm } from '../vm/lookup.ts';
import type { Vm } from '../vm/model.ts';
import { workspacesFolder } from '../vm/workspacesFolder.ts';
import type { CloneToken } from './clone.ts';
import { parseLocalRepo, parseRepo, type RepoSource, refProblem } from './repo.ts';
import { findWorkspace, listWorkspaces } from './rows.ts';

/** What `workspace create` is given. */
export interface CreateWorkspaceRequest {
  name?: string | undefined;
  vm?: string | undefined;
  isLocal?: boolean;
  template?: string | undefined;
  /** Overrides the template's; relative paths start at the current folder. */
  repo?: string | undefined;
  branch?: string | undefined;
  /** Runs in the transaction that makes a workspace on a VM usable. */
  alsoRecord?: ((writer: Writer) => void) | undefined;
}

export interface WorkspaceDraft {
  name: string;
  template: WorkspaceTemplate;
  config: Config;
  /** As the operator wrote it; a path is absolute. */
  repo: string | undefined;
  branch: string | undefined;
  /** An unfinished row of that name is taken up again. */
  createdAt: string | undefined;
}

export interface VmDraft extends WorkspaceDraft {
  vm: Vm;
  path: string;
  source: RepoSource | undefined;
  /** Linux users and names of agents that get every workspace. */
  members: { name: string; linuxUser: string }[];
}

/** Checks that need neither state nor network. */
export function checkRequest(request: CreateWorkspaceRequest): void {
  if (request.isLocal === true && request.vm !== undefined) {
    throw new AppError('usage', '--local and --vm exclude each other.');
  }
  const problem = request.branch === undefined ? undefined : refProblem(request.branch);
  if (problem !== undefined) throw new AppError('invalid', problem);
}

async function nameOf(engine: Engine, given: string | undefined): Promise<string> {
  if (given !== undefined) {
    checkName('workspace', given);
    return given;
  }
  const taken = await engine.database.read((r) => listWorkspaces(r).map((one) => one.name));
  return engine.ask.text({
    message: 'Workspace name',
    initial: suggestName('ws', taken),
    flag: '--name',
    validate: (value) =>
      nameProblem('workspace', value) ??
      (taken.includes(value) ? `There already is a workspace '${value}'.` : undefined),
  });
}

/** Everything that both kinds need, checked before anything is touched. Asks for what is missing. */
async function draftOf(engine: Engine, request: CreateWorkspaceRequest, vm: Vm | undefined): Promise<WorkspaceDraft> {
  const config = await engine.config.load();
  const template = await engine.config.workspaceTemplate(request.template);
  const repo = request.repo ?? template.repo;
  if (request.branch !== undefined && repo === undefined) {
    throw new AppError('usage', '--branch needs a repository.', { hint: 'Add --repo, or use a template with one.' });
  }
  const name = await nameOf(engine, request.name);
  const existing = await engine.database.read((r) => findWorkspace(r, name));
  const isSame = existing?.status === 'creating' && existing.vmName === vm?.name;
  if (existing !== undefined && !isSame) {
    throw new AppError('exists', `There already is a workspace '${name}'.`, {
      hint:
        existing.status === 'deleting'
          ? `It is being deleted; finish that: agentworks workspace delete ${name}`
          : 'Choose another name.',
      data: { workspace: name },
    });
  }
  return { name, template, config, repo, branch: request.branch, createdAt: existing?.createdAt };
}

/** Where relative paths start: of a flag here, of a template beside the configuration file. */
const folderOf = (request: CreateWorkspaceRequest, { config }: WorkspaceDraft): string =>
  request.repo === undefined ? dirname(config.path) : process.cwd();

export async function vmDraft(
  engine: Engine,
  request: CreateWorkspaceRequest,
  context: OperationContext,
): Promise<VmDraft> {
  await engine.config.load();
  const vm = await chooseVm(engine, request.vm, context);
  const draft = await draftOf(engine, request, vm);
  const source =
    draft.repo === undefined ? undefined : parseRepo(draft.repo, engine.files.home, folderOf(request, draft));
  const agents = await engine.database.read((r) => listAgents(r, { vm: vm.name }));
  return {
    ...draft,
    vm,
    path: posix.join(workspacesFolder(draft.config), draft.name),
    source,
    repo: source?.kind === 'path' ? source.path : draft.repo,
    members: agents.filter((one) => one.grantAll && one.status === 'ready'),
  };
}

export interface LocalDraft extends WorkspaceDraft {
  source: ReturnType<typeof parseLocalRepo> | undefined;
}

export async function localDraft(engine: Engine, request: CreateWorkspaceRequest): Promise<LocalDraft> {
  const draft = await draftOf(engine, request, undefined);
  if (draft.repo === undefined) return { ...draft, source: undefined };
  const source = parseLocalRepo(draft.repo, engine.files.home, folderOf(request, draft));
  return { ...draft, source, repo: source.kind === 'path' ? source.path : draft.repo };
}

/** The configured credential that fits the URL's host (and organization); the admin's own come first. */
export function credentialFor(config: Config, url: string): GitCredential | undefined {
  const { protocol, host, pathname } = new URL(url);
  if (protocol !== 'https:') return undefined;
  const names = [...new Set([...config.admin.gitCredentials, ...config.gitCredentials.keys()])];
  return names
    .flatMap((name) => config.gitCredentials.get(name) ?? [])
    .find((one) =>
      one.type === 'github'
        ? host === 'github.com'
        : host === 'dev.azure.com' && pathname.toLowerCase().startsWith(`/${one.org.toLowerCase()}/`),
    );
}

export const cloneToken = (credential: GitCredential, token: string): CloneToken =>
  credential.type === 'github'
    ? { origin: 'https://github.com', user: 'x-access-token', password: token }
    : { origin: 'https://dev.azure.com', user: credential.org, password: token };

/** The token without asking: most repositories need none. */
export async function peekToken(
  engine: Engine,
  credential: GitCredential | undefined,
): Promise<CloneToken | undefined> {
  if (credential === undefined) return undefined;
  const token = (await engine.secrets.peek(tokenVariable(credential.name)))?.trim();
  return token === undefined || token === '' || /\s/.test(token) ? undefined : cloneToken(credential, token);
}
