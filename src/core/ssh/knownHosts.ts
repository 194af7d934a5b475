import type { Engine } from '../engine.ts';
import type { Files } from '../ports/files.ts';
import type { Vm } from '../vm/model.ts';
import { listVms } from '../vm/rows.ts';
import { parsePublicKey } from './keys.ts';
import { hostKeyAliasOf } from './target.ts';

const header = '# Host keys of the machines of agentworks, by VM id. Written by agentworks; changes are lost.\n';

/** Lines that pin these keys under a name; what is no key is left out. */
export const knownHostsLines = (alias: string, hostKeys: readonly string[]): string[] =>
  hostKeys.flatMap((line) => {
    const key = parsePublicKey(line);
    return typeof key === 'string' ? [] : [`${alias} ${key.type} ${key.blob}`];
  });

/** The file's text: one line per VM and key, under the VM's own alias, so that an address used again does not matter. */
export function renderKnownHosts(vms: readonly Pick<Vm, 'id' | 'hostKeys'>[]): string {
  const lines = vms.flatMap((vm) => knownHostsLines(hostKeyAliasOf(vm), vm.hostKeys));
  return lines.length === 0 ? '' : `${header}${lines.sort().join('\n')}\n`;
}

/**
 * Brings our known-hosts file in line with the state, which is where keys are pinned: a deleted VM's key is
 * forgotten with its row. An up-to-date file is not written, and none is made while there is nothing to say.
 * Returns whether it was changed.
 */
export async function syncKnownHosts(engine: Pick<Engine, 'database' | 'files' | 'paths'>): Promise<boolean> {
  const wanted = renderKnownHosts(await engine.database.read((reader) => listVms(reader)));
  const path = engine.paths.knownHosts;
  const present = await engine.files.readText(path);
  if (present === wanted || (present === undefined && wanted === '')) return false;
  await engine.files.write(path, wanted, { mode: 0o600 });
  return true;
}

/** Forgets one VM at once, also while its row is still there. */
export async function forgetHostKeys(files: Files, path: string, vm: Pick<Vm, 'id'>): Promise<void> {
  const present = await files.readText(path);
  if (present === undefined) return;
  const prefix = `${hostKeyAliasOf(vm)} `;
  const kept = present.split('\n').filter((line) => !line.startsWith(prefix));
  const wanted = kept.join('\n');
  if (wanted !== present) await files.write(path, wanted, { mode: 0o600 });
}
