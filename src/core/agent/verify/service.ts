import type { Engine } from '../../engine.ts';
import { AppError, toAppError } from '../../errors.ts';
import type { OperationContext } from '../../events.ts';
import { randomId } from '../../names.ts';
import { decidedHostChanges } from '../../vm/hostChanges.ts';
import { requireReachableVm, requireStarted, requireVm } from '../../vm/lookup.ts';
import type { Vm } from '../../vm/model.ts';
import { workspacesFolder } from '../../vm/workspacesFolder.ts';
import type { VmWorkspace } from '../../workspace/model.ts';
import { listWorkspaces } from '../../workspace/rows.ts';
import { grantedWorkspaces } from '../grants.ts';
import { requireReadyAgent } from '../lookup.ts';
import type { Agent } from '../model.ts';
import { listAgents, listGrants } from '../rows.ts';
import { type CheckResult, parseVerify } from './parse.ts';
import { type VerifyRequest, verifyCommand, verifyProgram } from './script.ts';

export interface VerifyReport {
  agent: string;
  vm: string;
  linuxUser: string;
  results: CheckResult[];
  /** The owner of an adopted or imported machine kept it from being changed as a whole. */
  areHostChangesRefused: boolean;
  elapsedMs: number;
}

/** Nothing could be done that must not be, and nobody kept an attempt from being made. */
export const isProven = (report: VerifyReport): boolean =>
  report.results.every((one) => one.verdict === 'ok' || one.verdict === 'untried');

const timeoutMs = 60_000;

/** QEMU's user network shows the operator's own computer under these; the guest's firewall closes them. */
const operatorAddresses: Record<string, VerifyRequest['operatorAddresses']> = {
  qemu: [22, 80].flatMap((port) => ['10.0.2.2', '10.0.2.4', 'fec0::2'].map((address) => ({ address, port }))),
};

async function requestOf(engine: Engine, agent: Agent, vm: Vm, isQuick: boolean): Promise<VerifyRequest> {
  const { grants, workspaces } = await engine.database.read((r) => ({
    grants: listGrants(r, { agent: agent.name }),
    workspaces: listWorkspaces(r, { vm: vm.name }).filter((one): one is VmWorkspace => one.type === 'vm'),
  }));
  const granted = new Set(grantedWorkspaces(grants));
  return {
    linuxUser: agent.linuxUser,
    adminUser: vm.adminUser,
    workspacesFolder: workspacesFolder(await engine.config.load()),
    granted: workspaces.filter((one) => granted.has(one.name)),
    closed: workspaces.filter((one) => !granted.has(one.name)),
    operatorAddresses: operatorAddresses[vm.platform] ?? [],
    isQuick,
  };
}

/** One round trip over the VM's connection: tries, as the agent, what it must not be able to do. */
export async function verifyOnMachine(
  engine: Engine,
  vm: Vm,
  agent: Agent,
  options: { isQuick: boolean },
  context: OperationContext,
): Promise<VerifyReport> {
  const { isQuick } = options;
  const nonce = randomId(12);
  const request = await requestOf(engine, agent, vm, isQuick);
  const began = engine.clock.now();
  const stdin = verifyProgram(request, nonce);
  const answer = await engine.machines.query(vm, verifyCommand, { as: 'root', timeoutMs, stdin }, context);
  const results = parseVerify(answer.stdout, nonce, isQuick);
  if (results === undefined) {
    const said = answer.stderr.trim().split('\n').at(-1) ?? '';
    throw new AppError('remote-failed', `The isolation of agent '${agent.name}' could not be verified to the end.`, {
      hint:
        answer.code === 94
          ? `There is no Linux user ${agent.linuxUser} on the VM: agentworks agent reinit ${agent.name}`
          : said === ''
            ? 'Try again.'
            : `The machine said: ${said.slice(0, 200)}`,
      data: { agent: agent.name, exitCode: answer.code },
    });
  }
  return {
    agent: agent.name,
    vm: vm.name,
    linuxUser: agent.linuxUser,
    results,
    areHostChangesRefused: decidedHostChanges(vm) === 'refused',
    elapsedMs: engine.clock.now() - began,
  };
}

/** A VM that does not run is not started for it. */
export async function verifyAgent(engine: Engine, name: string, context: OperationContext): Promise<VerifyReport> {
  const agent = await requireReadyAgent(engine, name);
  const vm = await requireReachableVm(engine, agent.vmName);
  await requireStarted(engine, vm);
  return verifyOnMachine(engine, vm, agent, { isQuick: false }, context);
}

export type VerifyOutcome =
  | { status: 'verified'; report: VerifyReport }
  | { status: 'unknown'; agent: string; vm: string; reason: string };

/** Every agent, or those of one VM: VMs side by side, one agent of a VM after the other. */
export async function verifyAgents(
  engine: Engine,
  vmName: string | undefined,
  context: OperationContext,
): Promise<VerifyOutcome[]> {
  if (vmName !== undefined) await requireVm(engine, vmName);
  const agents = await engine.database.read((r) => listAgents(r, vmName === undefined ? {} : { vm: vmName }));
  const vms = [...new Set(agents.map((one) => one.vmName))];
  const perVm = await Promise.all(
    vms.map(async (vm) => {
      const outcomes: VerifyOutcome[] = [];
      for (const { name } of agents.filter((one) => one.vmName === vm)) {
        try {
          outcomes.push({ status: 'verified', report: await verifyAgent(engine, name, context) });
        } catch (error) {
          context.signal.throwIfAborted();
          outcomes.push({ status: 'unknown', agent: name, vm, reason: toAppError(error).message });
        }
      }
      return outcomes;
    }),
  );
  return perVm.flat();
}
