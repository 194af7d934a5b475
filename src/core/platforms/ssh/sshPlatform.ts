import { connect } from 'node:net';
import type { Engine } from '../../engine.ts';
import { AppError, errorText } from '../../errors.ts';
import type { Endpoint, MachineSpec, Platform, PlatformContext, PowerState } from '../../ports/platform.ts';
import type { SshTarget, Transport } from '../../ports/transport.ts';
import { sh } from '../../remote/quote.ts';
import { ownOptions, readHostOptions } from '../../ssh/hostOptions.ts';
import { offeredHostKey, type Unpinned } from '../../ssh/offeredHostKey.ts';
import { socketReason } from '../../ssh/ssh2Errors.ts';
import { hostKeyAliasOf, isHostName } from '../../ssh/target.ts';
import { stripControls } from '../../text.ts';
import type { Vm } from '../../vm/model.ts';
import { fingerprintOf, isSameKey } from './hostKeyScan.ts';
import { operatorKnownKeys } from './knownHostKeys.ts';

export type SshParts = Pick<Engine, 'ask' | 'files' | 'config' | 'process'> & { transport: Transport };

/** What `vm create` puts into the row for this platform. */
interface Adoption {
  host: string;
  port: number;
  /** Private key for this machine; undefined: the operator's. */
  identity: string | undefined;
  /** Fingerprint or key that the operator expects. */
  hostKey: string | undefined;
}

const connectTimeoutMs = 15_000;

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

function adoptionOf(vm: Vm): Adoption {
  const { platformData: data } = vm;
  const host = text(data.host) ?? vm.address?.host;
  if (host === undefined || !isHostName(host)) {
    throw new AppError('needs-input', `The address of machine '${vm.name}' is not known.`, {
      hint: 'Give it with --host.',
    });
  }
  const port = typeof data.port === 'number' ? data.port : (vm.address?.port ?? 22);
  return { host, port, identity: text(data.identity), hostKey: text(data.hostKey) };
}

/** Facts of the machine, one `key value` a line; runs as the admin, changes nothing. */
const inspect = sh`. /etc/os-release 2>/dev/null || true
echo "system \${ID:-unknown} \${VERSION_ID:-unknown}"
if sudo -n true 2>/dev/null; then echo 'sudo yes'; else echo 'sudo no'; fi
if [ -d /run/systemd/system ]; then echo 'systemd yes'; else echo 'systemd no'; fi`;

/** A machine that the operator can reach already: it is adopted, never made, switched or removed. */
export class SshPlatform implements Platform {
  readonly name = 'ssh';
  readonly #parts: SshParts;

  constructor(parts: SshParts) {
    this.#parts = parts;
  }

  async preflight(_spec: MachineSpec): Promise<string[]> {
    return [];
  }

  async create(vm: Vm, _spec: MachineSpec, context: PlatformContext): Promise<Endpoint> {
    const adoption = adoptionOf(vm);
    const hostKeys = vm.hostKeys.length > 0 ? vm.hostKeys : await this.#trust(vm, adoption, context);
    await context.record({ hostKeys });
    await this.#verify(await this.#target(vm, adoption, hostKeys), context);
    return { host: adoption.host, port: adoption.port, hostKeys, connectTimeoutMs };
  }

  async start(vm: Vm, _context: PlatformContext): Promise<Endpoint> {
    const adoption = adoptionOf(vm);
    const power = await this.status(vm);
    if (power.status === 'running') {
      return { host: adoption.host, port: adoption.port, hostKeys: vm.hostKeys, connectTimeoutMs };
    }
    const reason = power.status === 'unknown' ? ` (${power.reason})` : '';
    throw new AppError('unsupported', `VM '${vm.name}' is an adopted machine and does not answer${reason}.`, {
      hint: 'Agentworks did not make it and cannot switch it on; start it yourself.',
    });
  }

  async stop(vm: Vm, _context: PlatformContext): Promise<void> {
    throw new AppError('unsupported', `VM '${vm.name}' is an adopted machine.`, {
      hint: 'Agentworks did not make it and does not switch it off; do it yourself if you mean it.',
    });
  }

  /** The machine stays; what we put on it is removed by a recipe before. */
  async delete(_vm: Vm, _context: PlatformContext): Promise<void> {}

  /** Whether an SSH server answers; no login is tried. */
  async status(vm: Vm): Promise<PowerState> {
    const { host, port } = adoptionOf(vm);
    if ((await this.#ownWay(vm)).length > 0) return this.#statusOnOwnWay(vm);
    return new Promise((resolve) => {
      const socket = connect({ host, port });
      const end = (state: PowerState): void => {
        clearTimeout(timer);
        socket.destroy();
        resolve(state);
      };
      const timer = setTimeout(() => end({ status: 'unknown', reason: 'no answer within 5 s' }), 5000);
      socket.once('data', (chunk) => {
        const isSsh = chunk.toString('latin1').startsWith('SSH-');
        end(isSsh ? { status: 'running' } : { status: 'unknown', reason: 'something else than SSH answers' });
      });
      socket.once('error', (error) => end({ status: 'unknown', reason: socketReason(error) ?? error.message }));
      socket.once('close', () => end({ status: 'unknown', reason: 'the connection was closed' }));
    });
  }

  #place(vm: Vm): Unpinned {
    const { host, port } = adoptionOf(vm);
    const [user, hostKeyAlias] = [vm.adminUser, hostKeyAliasOf(vm)];
    return { vm: vm.name, host, port, user, hostKeyAlias, connectTimeoutMs, isAdopted: true };
  }

  /** What the operator's SSH configuration says of the way there: a jump host, the name behind an alias. */
  async #ownWay(vm: Vm): Promise<Array<[string, string]>> {
    const options = await readHostOptions(this.#parts, await this.#parts.config.load(), this.#place(vm));
    const { host } = adoptionOf(vm);
    return options === undefined
      ? []
      : ownOptions(options, host).filter(([name]) => !/^(?:Identity|Certificate)/.test(name));
  }

  async #statusOnOwnWay(vm: Vm): Promise<PowerState> {
    return offeredHostKey(
      this.#parts,
      { ...this.#place(vm), connectTimeoutMs: 5000 },
      new AbortController().signal,
    ).then(
      (): PowerState => ({ status: 'running' }),
      (error: unknown): PowerState => ({ status: 'unknown', reason: errorText(error) }),
    );
  }

  async describe(vm: Vm): Promise<Record<string, string>> {
    const { host, port } = adoptionOf(vm);
    const fingerprints = vm.hostKeys.map(fingerprintOf).join(', ');
    return { Machine: `${host}:${port}`, ...(fingerprints === '' ? {} : { 'Host key': fingerprints }) };
  }

  async #target(vm: Vm, { identity }: Adoption, hostKeys: string[]): Promise<SshTarget> {
    const { operator } = await this.#parts.config.load();
    return {
      ...this.#place(vm),
      hostKeys,
      identityFile: identity ?? operator.sshPrivateKey ?? '',
    };
  }

  /** The operator's own known hosts first; else the key is shown and asked about, or compared with `--host-key`. */
  async #trust(vm: Vm, { host, port, hostKey }: Adoption, context: PlatformContext): Promise<string[]> {
    const names = (await this.#ownWay(vm)).flatMap(([name, value]) => (name === 'HostName' ? [value] : []));
    const found = await Promise.all(
      [host, ...names].map(async (name) => operatorKnownKeys(this.#parts.files, name, port)),
    );
    const known = [...new Set(found.flat())];
    if (known.length > 0) {
      if (hostKey === undefined || known.some((line) => isSameKey(hostKey, line))) return known;
      throw new AppError('host-key', `Your known hosts have another key for ${host} than --host-key.`, {
        hint: 'Find out which is right before you connect to it.',
        data: { known: known.map(fingerprintOf) },
      });
    }
    const offered = await offeredHostKey(this.#parts, this.#place(vm), context.signal);
    const fingerprint = fingerprintOf(offered);
    if (hostKey !== undefined) {
      if (isSameKey(hostKey, offered)) return [offered];
      throw new AppError('host-key', `${host} port ${port} does not have the host key that --host-key names.`, {
        hint: 'Nothing was sent: somebody may be answering in its place.',
        data: { offered: fingerprint },
      });
    }
    const isTrusted = await this.#parts.ask.confirm({
      message: `Is this the host key of ${host}?`,
      details: [
        `${offered.split(' ')[0]} ${fingerprint}`,
        'On the machine: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
      ],
      flag: '--host-key',
    });
    if (isTrusted) return [offered];
    throw new AppError('aborted', `The host key of VM '${vm.name}' was not accepted; nothing was sent to it.`);
  }

  async #verify(target: SshTarget, context: PlatformContext): Promise<void> {
    const connection = await this.#parts.transport.connect(target, context.signal);
    try {
      const result = await connection.exec(inspect, { timeoutMs: 60_000, signal: context.signal });
      const facts = new Map(
        result.stdout
          .split('\n')
          .map((line) => [line.split(' ')[0] ?? '', stripControls(line.split(' ').slice(1).join(' '))]),
      );
      const problems = [
        ...(facts.get('system') === 'debian 12'
          ? []
          : [`it runs ${facts.get('system') ?? 'an unknown system'}, not Debian 12`]),
        ...(facts.get('sudo') === 'yes' ? [] : [`'${target.user}' has no sudo without a password`]),
        ...(facts.get('systemd') === 'yes' ? [] : ['it does not run systemd']),
      ];
      if (problems.length === 0) return;
      throw new AppError('platform', `${target.host} cannot be adopted: ${problems.join('; ')}.`, {
        hint: 'Correct this on the machine, then run the same command again. Nothing was changed on it.',
        data: { problems },
      });
    } finally {
      await connection.close();
    }
  }
}
