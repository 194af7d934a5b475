import { listAgents } from '../agent/rows.ts';
import type { Engine } from '../engine.ts';
import type { PowerState } from '../ports/platform.ts';
import { listSessions } from '../session/rows.ts';
import { listWorkspaces } from '../workspace/rows.ts';
import type { Vm } from './model.ts';
import { powerOf } from './power.ts';
import { listVms } from './rows.ts';

export interface VmCounts {
  workspaces: number;
  agents: number;
  sessions: number;
}

export interface ListedVm {
  vm: Vm;
  counts: VmCounts;
  /** Undefined when the platforms were not asked. */
  power: PowerState | undefined;
}

const countBy = <T>(items: readonly T[], keyOf: (item: T) => string | undefined): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const item of items) {
    const key = keyOf(item);
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
};

/** All VMs by name; the platforms are asked at the same time, each with a deadline. */
export async function listVmsWithState(
  engine: Engine,
  options: { hasPower: boolean; deadlineMs?: number },
): Promise<ListedVm[]> {
  const { vms, workspaces, agents, sessions } = await engine.database.read((r) => ({
    vms: listVms(r),
    workspaces: listWorkspaces(r),
    agents: listAgents(r),
    sessions: listSessions(r),
  }));
  const vmOf = new Map(workspaces.map((each) => [each.name, each.vmName]));
  const perWorkspace = countBy(workspaces, (each) => each.vmName);
  const perAgent = countBy(agents, (each) => each.vmName);
  const perSession = countBy(sessions, (each) => vmOf.get(each.workspaceName));
  return Promise.all(
    vms.map(async (vm) => ({
      vm,
      counts: {
        workspaces: perWorkspace.get(vm.name) ?? 0,
        agents: perAgent.get(vm.name) ?? 0,
        sessions: perSession.get(vm.name) ?? 0,
      },
      power: options.hasPower ? await powerOf(engine, vm, options.deadlineMs) : undefined,
    })),
  );
}
