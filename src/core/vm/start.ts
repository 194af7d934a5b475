import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { requireDriver } from './driver.ts';
import { refreshHostsFile } from './hostsFile.ts';
import { requireVm } from './lookup.ts';
import type { Vm } from './model.ts';
import { nowOf, recordVm } from './record.ts';

export interface StartResult {
  vm: Vm;
  /** False: it was running already. */
  hasStarted: boolean;
}

/** Starts the machine unless it runs, and keeps the address that the platform then gives. */
export async function startVm(engine: Engine, name: string, context: OperationContext): Promise<StartResult> {
  const vm = await requireVm(engine, name);
  if (vm.provisioning !== 'complete') {
    throw new AppError('refused', `VM '${name}' is not provisioned (${vm.provisioning.replace('_', ' ')}).`, {
      hint:
        vm.provisioning === 'deleting'
          ? `Finish its deletion: agentworks vm delete ${name}`
          : `Go on with it: agentworks vm create --name ${name}`,
    });
  }
  const platform = await requireDriver(engine, vm, 'start');
  const power = await platform.status(vm);
  if (power.status === 'running' && vm.address !== undefined) return { vm, hasStarted: false };
  if (power.status === 'absent') {
    throw new AppError('refused', `The machine of VM '${name}' is gone.`, {
      hint: `Remove what is left of it: agentworks vm delete ${name}`,
    });
  }
  let data = vm.platformData;
  const record = async (made: Record<string, unknown>): Promise<void> => {
    data = { ...data, ...made };
    await recordVm(engine, name, { platformData: data });
  };
  const endpoint = await platform.start(vm, { ...context, record });
  await engine.machines.drop(vm);
  await recordVm(
    engine,
    name,
    {
      address: { host: endpoint.host, port: endpoint.port },
      hostKeys: endpoint.hostKeys.length > 0 ? endpoint.hostKeys : vm.hostKeys,
      connectTimeoutMs: endpoint.connectTimeoutMs,
      lastSeenAt: nowOf(engine),
    },
    { event: 'started' },
  );
  await refreshHostsFile(engine, context);
  return { vm: await requireVm(engine, name), hasStarted: true };
}
