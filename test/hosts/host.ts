import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Ran, run } from './exec.ts';
import { endGroup, freezeGroup, joinFiles, leaderOf, makeGroup } from './groups.ts';
import { addressOf, bridgeAddress, currentLab, hostLink, hostNetns, type Lab, removeHost } from './lab.ts';

export interface HostOptions {
  /** Host name inside; default `box`. */
  name?: string;
  /** `debian`: systemd as PID 1. `bare`: only sshd, as in a container; no reboot. */
  init?: 'bare' | 'debian';
}

/** A real Debian 12 with a network address of its own, `sshd`, and the account `agentworks` with passwordless sudo and our key. */
export interface TestHost {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly adminUser: string;
  /** Public host keys as a known-hosts file has them, without the name. */
  readonly hostKeys: string[];
  readonly privateKeyPath: string;
  readonly publicKeyPath: string;
  /** The machine's file system as seen from here, for looking and for planting files before a boot. */
  readonly rootPath: string;
  /** Folder of this host's own for keys and logs; gone after `dispose`. */
  readonly directory: string;
  /** Runs shell text as root inside, without ssh. Throws when it fails, unless `check` is false. */
  root(script: string, options?: { check?: boolean; stdin?: string | Uint8Array; timeoutMs?: number }): Promise<Ran>;
  /** TCP connections that clients have opened to sshd so far, counted outside the machine. */
  connections(): Promise<number>;
  /** Power loss: every process ends at once; the disk stays. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** An orderly reboot; resolves when sshd answers again. */
  reboot(): Promise<void>;
  /** The network swallows everything in both directions; nothing is refused. */
  cut(): Promise<void>;
  /** This share of the packets is lost, in each direction, until `heal`. */
  lose(percent: number): Promise<void>;
  heal(): Promise<void>;
  /** The kernel still accepts connections, no process runs. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  dispose(): Promise<void>;
}

const adminUser = 'agentworks';
const adminId = 1000;

export async function startHost(options: HostOptions = {}): Promise<TestHost> {
  const lab = currentLab();
  if (typeof lab === 'string') throw new Error(lab);
  const index = await takeIndex(lab);
  const host = new LightHost(lab, index, options.name ?? 'box', options.init ?? 'debian');
  try {
    await host.prepare();
    await host.start();
  } catch (error) {
    await host.dispose();
    throw error;
  }
  return host;
}

/** Making the folder is taking the index: no two processes of the lab get the same. */
async function takeIndex(lab: Lab): Promise<number> {
  for (let index = 11; index < 250; index++) {
    const isMine = await mkdir(join(lab.state, String(index)), { mode: 0o700 }).then(
      () => true,
      () => false,
    );
    if (isMine) return index;
  }
  throw new Error('All 239 host addresses of this lab are in use; dispose of hosts after use.');
}

/** nspawn ends with 133 when the machine asked for a reboot and there is no service manager to do it. */
const supervise = `for file in $GROUP_FILES; do echo $$ > "$file"; done
while :; do systemd-nspawn "$@"; code=$?; [ $code = 133 ] || exit $code; done`;

class LightHost implements TestHost {
  readonly port = 22;
  readonly adminUser = adminUser;
  readonly address: string;
  readonly directory: string;
  readonly rootPath: string;
  readonly privateKeyPath: string;
  readonly publicKeyPath: string;
  readonly name: string;
  hostKeys: string[] = [];
  readonly #lab: Lab;
  readonly #index: number;
  readonly #netns: string;
  readonly #init: 'bare' | 'debian';
  #supervisor: Promise<void> = Promise.resolve();
  #isDisposed = false;

  constructor(lab: Lab, index: number, name: string, init: 'bare' | 'debian') {
    this.#lab = lab;
    this.#index = index;
    this.#init = init;
    this.#netns = hostNetns(lab, index);
    this.name = name;
    this.address = addressOf(index);
    this.directory = join(lab.state, String(index));
    this.rootPath = join(this.directory, 'root');
    this.privateKeyPath = join(this.directory, 'id_ed25519');
    this.publicKeyPath = `${this.privateKeyPath}.pub`;
  }

  async prepare(): Promise<void> {
    const { directory, rootPath } = this;
    for (const part of ['up', 'work', 'root']) await mkdir(join(directory, part), { mode: 0o755 });
    const overlay = `lowerdir=${this.#lab.rootfs},upperdir=${directory}/up,workdir=${directory}/work`;
    await run('mount', ['-t', 'overlay', this.#netns, '-o', overlay, rootPath]);
    await this.#network();
    const hostKey = join(rootPath, 'etc/ssh/ssh_host_ed25519_key');
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', this.name, '-f', hostKey]);
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'operator@tests', '-f', this.privateKeyPath]);
    this.hostKeys = [(await readFile(`${hostKey}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ')];
    await writeFile(join(rootPath, 'etc/hostname'), `${this.name}\n`);
    await writeFile(join(rootPath, 'etc/hosts'), `127.0.0.1 localhost\n127.0.1.1 ${this.name}\n`);
    const publicKey = await readFile(this.publicKeyPath, 'utf8');
    await this.#authorize('root/.ssh', publicKey, 0);
    await this.#authorize(`home/${adminUser}/.ssh`, publicKey, adminId);
  }

  async #authorize(folder: string, publicKey: string, owner: number): Promise<void> {
    const directory = join(this.rootPath, folder);
    await mkdir(directory, { recursive: true });
    await chmod(directory, 0o700);
    const file = join(directory, 'authorized_keys');
    await writeFile(file, publicKey, { mode: 0o600 });
    await chown(directory, owner, owner);
    await chown(file, owner, owner);
  }

  async #network(): Promise<void> {
    const outside = hostLink(this.#index);
    await run('ip', ['netns', 'add', this.#netns]);
    // The next host at this address must be found at once, while the neighbour table still knows this one.
    const mac = `02:00:00:00:00:${this.#index.toString(16).padStart(2, '0')}`;
    const here = [
      `link add ${outside} type veth peer name eth0 address ${mac} netns ${this.#netns}`,
      `link set ${outside} master br0 up`,
    ];
    await run('ip', ['-batch', '-'], { stdin: `${here.join('\n')}\n` });
    const there = ['link set lo up', `addr add ${this.address}/24 dev eth0`, 'link set eth0 up'];
    await run('ip', ['-n', this.#netns, '-batch', '-'], { stdin: `${there.join('\n')}\n` });
    // Counted on the client's side, so that a firewall of the machine cannot disturb it.
    await this.#nft(`table inet ${this.#table} {
      counter opened { }
      chain cut-in { type filter hook input priority 0; }
      chain cut-out { type filter hook output priority 0; }
      chain count { type filter hook output priority -10;
        ip daddr ${this.address} tcp dport 22 tcp flags & (syn | ack) == syn counter name opened; }
    }`);
  }

  get #table(): string {
    return `host${this.#index}`;
  }

  async #nft(commands: string): Promise<string> {
    return (await run('nft', ['-f', '-'], { stdin: `${commands}\n` })).stdout;
  }

  async start(): Promise<void> {
    if ((await leaderOf(this.#netns)) !== undefined) return;
    await makeGroup(this.#netns);
    const args = [
      ...['--quiet', `--machine=${this.name}`, `--directory=${this.rootPath}`, '--register=no', '--keep-unit'],
      ...['--resolv-conf=off', '--timezone=off', '--link-journal=no', '--console=pipe', '--capability=CAP_NET_ADMIN'],
      `--network-namespace-path=/run/netns/${this.#netns}`,
      ...(this.#init === 'debian'
        ? ['--boot', 'systemd.firstboot=off']
        : ['--as-pid2', '/bin/sh', '-c', 'mkdir -p /run/sshd && exec /usr/sbin/sshd -D -e']),
    ];
    const log = join(this.directory, 'console.log');
    await appendFile(log, '');
    const child = spawn(
      'setsid',
      ['sh', '-c', `exec >>"$CONSOLE" 2>&1 </dev/null\n${supervise}`, 'supervise', ...args],
      {
        stdio: 'ignore',
        detached: true,
        env: {
          PATH: process.env.PATH,
          CONSOLE: log,
          GROUP_FILES: joinFiles(this.#netns).join(' '),
          SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1',
        },
      },
    );
    this.#supervisor = new Promise((resolve) => {
      child.on('close', () => resolve());
      child.on('error', () => resolve());
    });
    child.unref();
    await this.#untilReady();
  }

  /** sshd listens and logins are allowed; seen from outside, without a connection that would be counted. */
  async #untilReady(): Promise<void> {
    for (let i = 0; i < 1500; i++) {
      const leader = await leaderOf(this.#netns);
      if (leader !== undefined && (await isListening(leader, this.port))) {
        if (this.#init === 'debian') {
          await this.root('systemctl is-system-running --wait >/dev/null 2>&1 || true', { check: false });
        }
        return;
      }
      await sleep(20);
    }
    const log = await readFile(join(this.directory, 'console.log'), 'utf8').catch(() => '');
    throw new Error(`Test host ${this.name} did not start sshd within 30 s:\n${log.slice(-2000)}`);
  }

  async root(
    script: string,
    options: { check?: boolean; stdin?: string | Uint8Array; timeoutMs?: number } = {},
  ): Promise<Ran> {
    const leader = await leaderOf(this.#netns);
    if (leader === undefined) throw new Error(`Test host ${this.name} is not running.`);
    const enter = ['-t', String(leader), '-m', '-u', '-i', '-n', '-p', '-w/root', '--'];
    const clean = ['env', '-i', 'HOME=/root', 'USER=root', 'LANG=C.UTF-8', `PATH=${guestPath}`];
    return run('nsenter', [...enter, ...clean, 'bash', '-c', script], { timeoutMs: 120_000, ...options });
  }

  async connections(): Promise<number> {
    const { stdout } = await run('nft', ['-j', 'list', 'counter', 'inet', this.#table, 'opened']);
    const parsed = JSON.parse(stdout) as { nftables: Array<{ counter?: { packets: number } }> };
    return parsed.nftables.reduce((sum, entry) => sum + (entry.counter?.packets ?? 0), 0);
  }

  async stop(): Promise<void> {
    await endGroup(this.#netns);
    await this.#supervisor;
  }

  async reboot(): Promise<void> {
    const before = await leaderOf(this.#netns);
    await this.root('systemctl reboot', { check: false });
    for (let i = 0; i < 1500; i++) {
      const now = await leaderOf(this.#netns);
      if (now !== undefined && now !== before) break;
      await sleep(20);
    }
    await this.#untilReady();
  }

  async cut(): Promise<void> {
    const table = `inet ${this.#table}`;
    await this.#nft(`add rule ${table} cut-in ip saddr ${this.address} drop
      add rule ${table} cut-out ip daddr ${this.address} drop`);
  }

  async lose(percent: number): Promise<void> {
    const table = `inet ${this.#table}`;
    const some = `numgen random mod 100 < ${percent} drop`;
    await this.#nft(`add rule ${table} cut-in ip saddr ${this.address} ${some}
      add rule ${table} cut-out ip daddr ${this.address} ${some}`);
  }

  async heal(): Promise<void> {
    await this.#nft(`flush chain inet ${this.#table} cut-in\nflush chain inet ${this.#table} cut-out`);
  }

  async freeze(): Promise<void> {
    await freezeGroup(this.#netns, true);
  }

  async thaw(): Promise<void> {
    await freezeGroup(this.#netns, false);
  }

  async dispose(): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    await endGroup(this.#netns);
    await this.#supervisor;
    await run('nft', ['delete', 'table', 'inet', this.#table], { check: false });
    if (existsSync(this.directory)) await removeHost(this.#lab, this.#index);
  }
}

const guestPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Where other machines of the lab and the tests themselves are, as a host sees it. */
export const labGateway = bridgeAddress;

/** Whether something in the process's network listens on an IPv4 TCP port. */
async function isListening(pid: number, port: number): Promise<boolean> {
  const table = await readFile(`/proc/${pid}/net/tcp`, 'utf8').catch(() => '');
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`;
  return table.includes(wanted);
}
