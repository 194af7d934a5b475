import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { fingerprintOf, isSameKey } from '../platforms/ssh/hostKeyScan.ts';
import { refreshHostsFile } from '../vm/hostsFile.ts';
import { requireReachableVm, requireVm } from '../vm/lookup.ts';
import { recordVm } from '../vm/record.ts';
import { offeredHostKey } from './offeredHostKey.ts';
import { sshTarget } from './target.ts';

export interface TrustRequest {
  name: string;
  /** Fingerprint or key that the operator expects: the answer to the question. */
  hostKey?: string | undefined;
  isDryRun?: boolean;
}

export interface HostKeyChange {
  /** Fingerprints of the keys that were pinned. */
  pinned: string[];
  /** Fingerprint of the key that the machine shows, and its type. */
  offered: string;
  type: string;
  status: 'unchanged' | 'changed' | 'would-change';
}

/**
 * Pins the key that a machine shows now, after the operator has compared it. Nothing but `--host-key` and a person's
 * own answer accepts it. The machine is asked for its key only: nobody logs in.
 */
export async function trustHostKey(
  engine: Engine,
  { name, hostKey, isDryRun }: TrustRequest,
  context: OperationContext,
): Promise<HostKeyChange> {
  const row = await requireVm(engine, name);
  // Also for one whose delete is under way: it could never be finished.
  const vm = row.provisioning === 'deleting' ? row : await requireReachableVm(engine, name);
  const target = sshTarget(vm, await engine.config.load(), engine.paths);
  const line = await offeredHostKey(engine, target, context.signal);
  const change = {
    pinned: vm.hostKeys.map(fingerprintOf),
    offered: fingerprintOf(line),
    type: line.split(' ')[0] ?? '',
  };
  if (hostKey !== undefined && !isSameKey(hostKey, line)) {
    throw new AppError(
      'host-key',
      `VM '${name}' shows the host key ${change.offered}, not the one that --host-key names.`,
      {
        hint: 'Nothing was changed, and nothing was sent: somebody may be answering in its place.',
        data: { vm: name, ...change },
      },
    );
  }
  if (change.pinned.includes(change.offered)) return { ...change, status: 'unchanged' };
  if (isDryRun) return { ...change, status: 'would-change' };
  if (hostKey === undefined) await ask(engine, name, change);
  await recordVm(
    engine,
    name,
    { hostKeys: [line] },
    { event: 'host_key_trusted', detail: `${change.offered} instead of ${change.pinned.join(', ') || 'none'}` },
  );
  await engine.machines.drop(vm);
  await refreshHostsFile(engine, context);
  return { ...change, status: 'changed' };
}

async function ask(
  engine: Engine,
  name: string,
  { pinned, offered, type }: Omit<HostKeyChange, 'status'>,
): Promise<void> {
  const isTrusted = await engine.ask.confirm({
    message: `Is this the host key of VM '${name}' from now on?`,
    details: [
      `Until now: ${pinned.join(', ') || 'none'}`,
      `It shows:  ${offered} (${type})`,
      `Compare on the machine itself, by its console: ssh-keygen -lf /etc/ssh/ssh_host_${keyName(type)}_key.pub`,
    ],
    flag: '--host-key',
  });
  if (!isTrusted) throw new AppError('aborted', `The host key of VM '${name}' was not changed.`);
}

const keyName = (type: string): string => (type.startsWith('ecdsa') ? 'ecdsa' : type.replace(/^ssh-/, ''));
