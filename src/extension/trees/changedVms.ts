import type { Vm } from '../../core/vm/model.ts';
import type { Index } from './record.ts';

/** VMs whose sessions or own row differ: what was known of them may be so no longer. */
export function changedVms(before: Index, after: Index): string[] {
  const print = (index: Index, vm: Vm): string => {
    const { lastSeenAt: _, ...rest } = vm;
    return JSON.stringify([rest, index.sessionsOfVm.get(vm.name)]);
  };
  return after.record.vms.flatMap((vm) => {
    const was = before.vms.get(vm.name);
    return was !== undefined && print(before, was) === print(after, vm) ? [] : [vm.name];
  });
}
