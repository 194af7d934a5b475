import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import { fingerprintOf } from '../platforms/ssh/hostKeyScan.ts';
import { operatorKnownKeys } from '../platforms/ssh/knownHostKeys.ts';
import type { Vm } from '../vm/model.ts';
import { updateVm } from '../vm/rows.ts';
import { offeredHostKey } from './offeredHostKey.ts';
import { hostKeyAliasOf } from './target.ts';

/**
 * The VM with its host keys. The reference pinned none, so those of an imported VM are taken once from the operator's
 * own known hosts, else, where `mayAsk`, shown and asked about. Throws `host-key` and `aborted`; nothing was sent.
 */
export async function withHostKeys(
  engine: Pick<Engine, 'ask' | 'database' | 'files' | 'process' | 'config'>,
  vm: Vm,
  options: { mayAsk: boolean; signal?: AbortSignal },
): Promise<Vm> {
  if (vm.hostKeys.length > 0 || vm.origin !== 'imported' || vm.address === undefined) return vm;
  const { host, port } = vm.address;
  const known = await operatorKnownKeys(engine.files, host, port);
  const hostKeys = known.length > 0 ? known : [await askedKey(engine, vm, host, port, options)];
  await engine.database.write((w) => updateVm(w, vm.name, { hostKeys }));
  return { ...vm, hostKeys };
}

async function askedKey(
  engine: Pick<Engine, 'ask' | 'files' | 'process' | 'config'>,
  vm: Vm,
  host: string,
  port: number,
  { mayAsk, signal }: { mayAsk: boolean; signal?: AbortSignal },
): Promise<string> {
  if (!mayAsk || !engine.ask.isInteractive) {
    const place = port === 22 ? host : `-p ${port} ${host}`;
    throw new AppError(
      'host-key',
      `The host key of VM '${vm.name}' is not known yet: connect to it once with 'ssh -l ${vm.adminUser} ${place}'.`,
      {
        hint: 'The key that you accept there is taken from your known hosts.',
        data: { vm: vm.name },
      },
    );
  }
  const place = { vm: vm.name, host, port, user: vm.adminUser, hostKeyAlias: hostKeyAliasOf(vm) };
  const offered = await offeredHostKey(
    engine,
    { ...place, connectTimeoutMs: vm.connectTimeoutMs },
    signal ?? new AbortController().signal,
  );
  const isTrusted = await engine.ask.confirm({
    message: `Is this the host key of ${host}?`,
    details: [
      `${offered.split(' ')[0]} ${fingerprintOf(offered)}`,
      'On the machine: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
    ],
    flag: '~/.ssh/known_hosts',
  });
  if (isTrusted) return offered;
  throw new AppError('aborted', `The host key of VM '${vm.name}' was not accepted; nothing was sent to it.`);
}
