import type { Config } from '../config/model.ts';
import type { Engine } from '../engine.ts';
import type { Vm } from './model.ts';
import { workspacesFolder } from './workspacesFolder.ts';

export type HostChangeDecision = 'accepted' | 'refused';

/** What was decided for an adopted machine, from its row. */
export const decidedHostChanges = (vm: Pick<Vm, 'platformData'>): HostChangeDecision | undefined => {
  const { hostChanges } = vm.platformData;
  return hostChanges === 'accepted' || hostChanges === 'refused' ? hostChanges : undefined;
};

/**
 * Whether changes that concern everybody on the machine are made. Always on a machine of ours; on an adopted one the
 * flag decides, then what was decided before, then `ssh.host_changes`, then its owner, who is shown the list.
 */
export async function decideHostChanges(
  engine: Engine,
  vm: Pick<Vm, 'name' | 'origin' | 'platformData'>,
  config: Config,
  flag: 'yes' | 'no' | undefined,
): Promise<HostChangeDecision> {
  if (vm.origin !== 'adopted') return 'accepted';
  if (flag !== undefined) return flag === 'yes' ? 'accepted' : 'refused';
  const decided = decidedHostChanges(vm);
  if (decided !== undefined) return decided;
  if (config.ssh.hostChanges !== 'ask') return config.ssh.hostChanges === 'yes' ? 'accepted' : 'refused';
  // Listing VMs needs this file, and nothing of what makes one.
  const { hostChangeList } = await import('./initRecipe.ts');
  const isAccepted = await engine.ask.confirm({
    message: `Make these changes on the host of '${vm.name}'? They concern everybody on it, and 'vm delete' undoes them.`,
    details: hostChangeList(workspacesFolder(config)),
    flag: '--host-changes yes',
  });
  return isAccepted ? 'accepted' : 'refused';
}
