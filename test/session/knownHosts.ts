import type { Engine } from '../../src/core/engine.ts';
import { hostKeyAliasOf } from '../../src/core/ssh/target.ts';
import { listVms } from '../../src/core/vm/rows.ts';

/** Our known-hosts file as it stands for all VMs of an engine. */
export async function knownHostsText(engine: Engine): Promise<string> {
  const vms = await engine.database.read((r) => listVms(r));
  return vms.flatMap((vm) => vm.hostKeys.map((key) => `${hostKeyAliasOf(vm)} ${key}\n`)).join('');
}
