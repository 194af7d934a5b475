import { deleteAgent, removeGrants } from '../agent/rows.ts';
import type { Engine } from '../engine.ts';
import { AppError, toAppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import type { Salvage } from '../salvage/folder.ts';
import { protect, requireSalvageable, type Scope } from '../salvage/guard.ts';
import { lookForWork } from '../salvage/look.ts';
import type { Findings } from '../salvage/model.ts';
import { homeTarget, sessionTarget, workspaceTarget } from '../salvage/targets.ts';
import { findingLines } from '../salvage/text.ts';
import { deleteSession } from '../session/rows.ts';
import { addEvent } from '../store/eventLog.ts';
import { finishOperation, openOperations } from '../store/operations.ts';
import { plural } from '../text.ts';
import { removeCodeWorkspace } from '../workspace/codeWorkspace.ts';
import { deleteWorkspace } from '../workspace/rows.ts';
import { type Children, childrenOf } from './children.ts';
import { isWithoutDriver, requireDriver } from './driver.ts';
import { refreshHostsFile } from './hostsFile.ts';
import { logsOf } from './logFiles.ts';
import { requireVm } from './lookup.ts';
import { isReachable, type Vm } from './model.ts';
import { powerOf } from './power.ts';
import { nowOf, recordVm } from './record.ts';
import { deleteVm as deleteRow } from './rows.ts';
import { unadoptRecipe } from './unadopt.ts';
import { workspacesFolder } from './workspacesFolder.ts';

export interface DeleteRequest {
  name: string;
  /** Go on although workspaces, agents or sessions are on it. */
  force: boolean;
  isConfirmed: boolean;
  /** Drop the row although the machine could not be removed. */
  forget: boolean;
  /** Adopted machines: remove our users and files; undefined: ask. */
  files?: boolean | undefined;
  /** The name said back: what cannot be saved may be lost. */
  unsalvaged?: string | undefined;
}

export interface DeleteLoss {
  machine: string;
  workspaces: string[];
  agents: string[];
  sessions: string[];
  logs: string[];
}

/** Everything that deleting would lose, for the question and `--dry-run`. */
export async function lossOf(engine: Engine, vm: Vm): Promise<DeleteLoss & { children: Children }> {
  const children = await childrenOf(engine, vm.name);
  const isOutOfReach = await engine.platform(vm.platform).then(() => false, isWithoutDriver);
  const machine =
    vm.origin === 'adopted'
      ? `The host itself stays; changes that concern everybody on it are undone`
      : isOutOfReach
        ? `Only the record: the machine itself stays (${vm.platform})`
        : `The machine with its disk (${vm.platform})`;
  return {
    machine,
    workspaces: children.workspaces.map((each) => `${each.name} (${each.path})`),
    agents: children.agents.map((each) => `${each.name} (${each.linuxUser})`),
    sessions: children.sessions.map((each) => `${each.name} in ${each.workspaceName}`),
    logs: (await logsOf(engine, vm.name)).map((log) => log.path),
    children,
  };
}

/** What is ours on an adopted host stays there unless the operator says otherwise. */
export const areFilesLost = (vm: Vm, files: boolean | undefined): boolean => vm.origin !== 'adopted' || files === true;

/** `1 workspace, 2 agents`; empty when nothing is on it. */
const childrenText = ({ workspaces, agents, sessions }: DeleteLoss): string =>
  Object.entries({ workspace: workspaces, agent: agents, session: sessions })
    .filter(([, list]) => list.length > 0)
    .map(([noun, list]) => plural(list.length, noun))
    .join(', ');

/** Why it is refused without `--force`; undefined when it is not. A delete that was begun has had its `--force`. */
export function forceReason(vm: Vm, loss: DeleteLoss): string | undefined {
  const children = childrenText(loss);
  return children === '' || vm.provisioning === 'deleting' ? undefined : `VM '${vm.name}' has ${children}.`;
}

export const lossLines = (loss: DeleteLoss, areFilesLost: boolean): string[] => [
  loss.machine,
  ...(areFilesLost ? [] : ['Our accounts, workspaces and files stay on it (--remove-files); only these records go']),
  ...loss.workspaces.map((each) => `Workspace ${each}`),
  ...loss.agents.map((each) => `Agent ${each}`),
  ...loss.sessions.map((each) => `Session ${each}`),
  ...(loss.logs.length > 0 ? [plural(loss.logs.length, 'operation log')] : []),
];

async function removeMachine(engine: Engine, vm: Vm, files: boolean, context: OperationContext): Promise<void> {
  if (vm.origin === 'adopted') {
    if (isReachable(vm)) {
      const workspaces = workspacesFolder(await engine.config.load());
      await engine.machines.apply(vm, unadoptRecipe(vm.name, { files, workspaces }), context);
    }
    await engine.machines.drop(vm);
    const platform = await engine.platform(vm.platform);
    await platform.delete(vm, { ...context, record: async () => undefined });
    return;
  }
  await engine.machines.drop(vm);
  const platform = await engine.platform(vm.platform);
  let data = vm.platformData;
  await platform.delete(vm, {
    ...context,
    record: async (made) => {
      data = { ...data, ...made };
      await recordVm(engine, vm.name, { platformData: data });
    },
  });
}

async function removeRows(engine: Engine, vm: Vm, children: Children, detail: string): Promise<void> {
  const at = nowOf(engine);
  await engine.database.write((w) => {
    for (const session of children.sessions) removeGrants(w, { session: session.name });
    for (const session of children.sessions) deleteSession(w, session.name);
    for (const agent of children.agents) removeGrants(w, { agent: agent.name });
    for (const workspace of children.workspaces) removeGrants(w, { workspace: workspace.name });
    for (const agent of children.agents) deleteAgent(w, agent.name);
    for (const workspace of children.workspaces) deleteWorkspace(w, workspace.name);
    deleteRow(w, vm.name);
    // Nobody can ask about them any more.
    for (const { id } of openOperations(w, vm.name)) finishOperation(w, id, 'forgotten');
    addEvent(w, { at, kind: 'vm', name: vm.name, vm: vm.name, event: 'deleted', detail });
  });
}

/** Host key, SSH host entries, VS Code files and logs of exactly this VM. */
async function forgetLocally(engine: Engine, vm: Vm, children: Children, context: OperationContext): Promise<void> {
  for (const workspace of children.workspaces) await removeCodeWorkspace(engine, workspace.name, context);
  await refreshHostsFile(engine, context);
  const { forgetHostKeys } = await import('../ssh/knownHosts.ts');
  await forgetHostKeys(engine.files, engine.paths.knownHosts, vm);
  for (const log of await logsOf(engine, vm.name)) await engine.files.remove(log.path);
}

async function confirmDelete(engine: Engine, vm: Vm, details: string[]): Promise<void> {
  const isSure = await engine.ask.confirm({
    message: vm.origin === 'adopted' ? `Un-adopt VM '${vm.name}'?` : `Delete VM '${vm.name}' with all of this?`,
    details,
    flag: '--yes',
  });
  if (!isSure) throw new AppError('aborted', 'Nothing was deleted.');
}

async function wantsFilesGone(engine: Engine, vm: Vm, request: DeleteRequest): Promise<boolean> {
  if (vm.origin !== 'adopted' || request.files !== undefined) return request.files ?? false;
  // Without an answer the files stay: what an agent made is not destroyed unasked.
  if (!engine.ask.isInteractive || request.isConfirmed) return false;
  return engine.ask.confirm({
    message: 'Remove the accounts, workspaces and files that Agentworks made on the host, too?',
    flag: '--remove-files',
  });
}

/** All that lives on the VM, unless the host stays with our files on it. */
const scopeOf = (vm: Vm, { workspaces, agents, sessions }: Children, isDestroying: boolean): Scope => ({
  kind: 'vm',
  name: vm.name,
  verb: 'vm.delete',
  vm,
  targets: isDestroying
    ? [...workspaces.map(workspaceTarget), ...agents.map(homeTarget), ...sessions.map(sessionTarget)]
    : [],
});

/** Looks through the VM; one that is stopped is started for it when the operator says so. */
async function lookAt(engine: Engine, scope: Scope, context: OperationContext): Promise<Findings> {
  const { vm, targets } = scope;
  if (targets.length === 0) return { status: 'known', trees: [], sessions: [] };
  if (engine.ask.isInteractive && (await powerOf(engine, vm)).status === 'stopped') {
    const isWanted = await engine.ask.confirm({
      message: `VM '${vm.name}' is stopped. Start it to save the work on it?`,
      flag: '--unsalvaged',
    });
    if (isWanted) {
      const { startVm } = await import('./start.ts');
      return lookForWork(engine, (await startVm(engine, vm.name, context)).vm, targets, context);
    }
  }
  return lookForWork(engine, vm, targets, context);
}

/** What is on the VM and nowhere else, as lines for `--dry-run`. Starts nothing. */
export async function findingsOn(engine: Engine, vm: Vm, context: OperationContext): Promise<Findings> {
  const { targets } = scopeOf(vm, await childrenOf(engine, vm.name), true);
  return lookForWork(engine, vm, targets, context);
}

/**
 * Saves the work on it, removes the machine, then everything we know of it. The row stays as `deleting` until the
 * platform says that the machine is gone; the same command finishes it, and `forget` gives up on it.
 */
export async function deleteVm(
  engine: Engine,
  request: DeleteRequest,
  context: OperationContext,
): Promise<{ vm: Vm; loss: DeleteLoss; salvage: Salvage | undefined }> {
  const vm = await requireVm(engine, request.name);
  const { children, ...loss } = await lossOf(engine, vm);
  const reason = forceReason(vm, loss);
  if (reason !== undefined && !request.force) {
    throw new AppError('refused', reason, {
      hint: 'Delete them first, or add --force to lose them with the VM.',
      data: { workspaces: loss.workspaces, agents: loss.agents, sessions: loss.sessions },
    });
  }
  // Said before anything is asked, recorded or lost.
  if (!request.forget && vm.origin === 'imported') await requireDriver(engine, vm, 'delete');
  const files = await wantsFilesGone(engine, vm, request);
  const isDestroying = areFilesLost(vm, files);
  const scope = scopeOf(vm, children, isDestroying);
  const findings = await lookAt(engine, scope, context);
  await requireSalvageable(engine, scope, findings, request.unsalvaged);
  if (!request.isConfirmed) {
    const found = isDestroying ? findingLines(findings) : [];
    await confirmDelete(engine, vm, [...lossLines(loss, isDestroying), ...found]);
  }
  const salvage = await protect(engine, scope, findings, context);
  await recordVm(engine, vm.name, { provisioning: 'deleting' }, { event: 'delete_started' });
  try {
    // A row that says `deleting` still has its address; the recipe needs it.
    await removeMachine(
      engine,
      { ...vm, provisioning: vm.address === undefined ? vm.provisioning : 'complete' },
      files,
      context,
    );
  } catch (error) {
    const failure = toAppError(error);
    await recordVm(engine, vm.name, {}, { event: 'delete_failed', detail: failure.message });
    if (!request.forget) {
      throw new AppError(failure.code, `VM '${vm.name}' could not be deleted: ${failure.message}`, {
        hint: `It stays on record. Run the same command again, or, if the machine is gone for good: agentworks vm delete ${vm.name} --forget --unsalvaged ${vm.name}`,
        cause: error,
        data: { ...failure.data, vm: vm.name },
      });
    }
    context.report({
      type: 'warning',
      text: `The machine of '${vm.name}' could not be removed and is forgotten: ${failure.message}`,
      hint: `What was known of it: ${JSON.stringify(vm.platformData)}`,
    });
  }
  // Before the rows go: whatever interrupts this, the same command finishes it.
  await forgetLocally(engine, vm, children, context);
  await removeRows(engine, vm, children, [vm.platform, childrenText(loss)].filter((part) => part !== '').join(', '));
  return { vm, loss, salvage };
}
