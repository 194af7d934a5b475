import type { Grant } from '../agent/model.ts';
import { listGrants } from '../agent/rows.ts';
import type { Engine } from '../engine.ts';
import { errorText } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import type { PowerState } from '../ports/platform.ts';
import { type Applied, lastApplied } from '../store/applied.ts';
import { listEvents } from '../store/eventLog.ts';
import type { EventRecord } from '../store/events.ts';
import { type Children, childrenOf } from './children.ts';
import { isWithoutDriver } from './driver.ts';
import { requireVm } from './lookup.ts';
import { isReachable, type Vm } from './model.ts';
import { powerOf } from './power.ts';
import { type Live, probeLive } from './probe.ts';

export interface VmDescription {
  vm: Vm;
  power: PowerState;
  live: Live;
  children: Children;
  grants: Grant[];
  events: EventRecord[];
  applied: Applied | undefined;
  /** What the platform says of the machine. */
  facts: Record<string, string>;
  /** False: the template's name is no longer in the configuration. */
  isTemplateKnown: boolean;
}

const probeDeadlineMs = 8_000;

async function lookAt(
  engine: Engine,
  vm: Vm,
  power: PowerState,
  children: Children,
  context: OperationContext,
): Promise<Live> {
  if (!isReachable(vm)) return { status: 'unknown', reason: 'the VM is not provisioned' };
  if (power.status === 'stopped') return { status: 'unknown', reason: 'the VM is stopped' };
  if (power.status === 'absent') return { status: 'unknown', reason: 'its machine is gone' };
  // Asking once more would only take longer.
  if (vm.origin === 'adopted' && power.status === 'unknown') return power;
  return probeLive(engine, vm, children, context, Math.max(probeDeadlineMs, vm.connectTimeoutMs));
}

/** Which SSH adapter reaches it, and why. */
async function wayTo(engine: Engine, vm: Vm): Promise<Record<string, string>> {
  if (!isReachable(vm)) return {};
  try {
    const [{ chooseRoute }, { sshTarget }] = await Promise.all([import('../ssh/route.ts'), import('../ssh/target.ts')]);
    const { transport, reason } = await chooseRoute(engine, sshTarget(vm, await engine.config.load(), engine.paths));
    return { Transport: `${transport} (${reason})` };
  } catch (error) {
    return { Transport: errorText(error) };
  }
}

/** Everything about one VM. Starts nothing; what cannot be known now comes with the reason. */
export async function describeVm(engine: Engine, name: string, context: OperationContext): Promise<VmDescription> {
  const vm = await requireVm(engine, name);
  const children = await childrenOf(engine, name);
  const { grants, events, applied } = await engine.database.read((r) => ({
    grants: children.agents.flatMap((agent) => listGrants(r, { agent: agent.name })),
    events: listEvents(r, { vm: name, limit: 50 }),
    applied: lastApplied(r, 'vm', name),
  }));
  const power = await powerOf(engine, vm);
  const [live, facts, way] = await Promise.all([
    lookAt(engine, vm, power, children, context),
    engine
      .platform(vm.platform)
      .then((platform) => platform.describe(vm))
      .catch((error): Record<string, string> => (isWithoutDriver(error) ? {} : { Platform: errorText(error) })),
    wayTo(engine, vm),
  ]);
  const { config } = await engine.config.check();
  const isTemplateKnown =
    config === undefined || vm.template === 'default' || config.templateNames.vm.includes(vm.template);
  return { vm, power, live, children, grants, events, applied, facts: { ...facts, ...way }, isTemplateKnown };
}
