import { spawn } from 'node:child_process';
import { existsSync, readlinkSync, statSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { run } from './exec.ts';
import { endGroup, removeGroup } from './groups.ts';
import { isOwnerAlive, ownerStamp } from './lock.ts';

/**
 * A lab is a network namespace of its own with one bridge, 10.77.0.1/24, and no route out. Each invocation of
 * `scripts/hosts.mjs exec` has its own lab, so many can run at once with equal addresses.
 */
export interface Lab {
  name: string;
  /** Memory-backed folder: one sub-folder per host, by its index. */
  state: string;
  rootfs: string;
}

export const bridgeAddress = '10.77.0.1';
export const addressOf = (index: number): string => `10.77.0.${index}`;

const stateRoot = (): string =>
  process.env.AGENTWORKS_TEST_STATE ??
  (existsSync('/dev/shm') ? '/dev/shm/agentworks-labs' : '/var/tmp/agentworks-labs');

/** The lab that this process runs in, or a sentence saying why there is none. */
export function currentLab(): Lab | string {
  const { AGENTWORKS_LAB: name, AGENTWORKS_LAB_STATE: state, AGENTWORKS_LAB_ROOTFS: rootfs } = process.env;
  if (!name || !state || !rootfs || !isInNamespace(name)) {
    return 'Host tests run inside a lab network: use `node scripts/hosts.mjs exec npx vitest run --project host`.';
  }
  return { name, state, rootfs };
}

/** A network namespace is its inode; the interface list would not show a bridge without a port. */
function isInNamespace(name: string): boolean {
  try {
    return readlinkSync('/proc/self/ns/net') === `net:[${statSync(`/run/netns/${name}`).ino}]`;
  } catch {
    return false;
  }
}

/** What this machine lacks for light hosts, one sentence, or undefined. */
export async function missingForHosts(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'Light test hosts need Linux.';
  if (process.getuid?.() !== 0) return 'Light test hosts need root (systemd-nspawn and network namespaces).';
  const needed = {
    mmdebstrap: 'mmdebstrap',
    'systemd-nspawn': 'systemd-container',
    ip: 'iproute2',
    nft: 'nftables',
    'ssh-keygen': 'openssh-client',
    nsenter: 'util-linux',
  };
  const missing: string[] = [];
  for (const [program, name] of Object.entries(needed)) {
    const found = await run('sh', ['-c', `command -v ${program}`], { check: false });
    if (found.code !== 0) missing.push(name);
  }
  return missing.length === 0 ? undefined : `Light test hosts need: apt-get install ${missing.join(' ')}.`;
}

/** Makes a lab owned by this process; leftovers of crashed runs are removed first. */
export async function createLab(rootfs: string): Promise<Lab> {
  const root = stateRoot();
  await mkdir(root, { recursive: true, mode: 0o700 });
  await removeStaleLabs(root);
  const name = process.env.AGENTWORKS_TEST_LAB ?? `agwlab-${process.pid}`;
  const state = join(root, name);
  if (existsSync(state)) throw new Error(`A lab named ${name} is in use; choose another AGENTWORKS_TEST_LAB.`);
  await mkdir(state, { mode: 0o700 });
  await writeFile(join(state, 'owner'), ownerStamp());
  await run('ip', ['netns', 'add', name]);
  const batch = [
    'link set lo up',
    'link add br0 type bridge forward_delay 0',
    `addr add ${bridgeAddress}/24 dev br0`,
    'link set br0 up',
  ];
  await run('ip', ['-n', name, '-batch', '-'], { stdin: `${batch.join('\n')}\n` });
  const table = 'add table inet agw; add chain inet agw out { type filter hook output priority 0; policy accept; }';
  await run('nsenter', [`--net=/run/netns/${name}`, 'nft', table]);
  return { name, state, rootfs };
}

async function removeStaleLabs(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    const state = join(root, name);
    const owner = await readFile(join(state, 'owner'), 'utf8').catch(() => undefined);
    if (owner !== undefined && !isOwnerAlive(owner)) await removeLab({ name: basename(state), state });
  }
}

/** Ends every host of the lab, and the lab. Also works for what a crashed run left. */
export async function removeLab(lab: Pick<Lab, 'name' | 'state'>): Promise<void> {
  for (const entry of await readdir(lab.state).catch(() => [])) {
    if (/^\d+$/.test(entry)) await removeHost(lab, Number(entry));
  }
  await run('ip', ['netns', 'del', lab.name], { check: false });
  await rm(lab.state, { recursive: true, force: true });
}

/** The lab's end of a host's cable. */
export const hostLink = (index: number): string => `v${index}`;
export const hostNetns = (lab: Pick<Lab, 'name'>, index: number): string => `${lab.name}-h${index}`;

/** Removes all that one host has: processes by its own control group, mount, network namespace, files. */
export async function removeHost(lab: Pick<Lab, 'name' | 'state'>, index: number): Promise<void> {
  const directory = join(lab.state, String(index));
  const netns = hostNetns(lab, index);
  await endGroup(netns);
  const root = join(directory, 'root');
  const unmounted = await run('umount', [root], { check: false });
  if (unmounted.code !== 0) await run('umount', ['-l', root], { check: false });
  // A namespace ends some time after it was deleted, and its end of the cable with it; the next host may come sooner.
  await run('ip', ['-n', lab.name, 'link', 'del', hostLink(index)], { check: false });
  await run('ip', ['netns', 'del', netns], { check: false });
  await removeGroup(netns);
  await rm(directory, { recursive: true, force: true });
}

/** Runs a command inside the lab's network with the same files and terminal; resolves with its exit code. */
export function execInLab(lab: Lab, command: readonly string[]): Promise<number> {
  const child = spawn('nsenter', [`--net=/run/netns/${lab.name}`, '--', ...command], {
    stdio: 'inherit',
    env: {
      ...process.env,
      AGENTWORKS_LAB: lab.name,
      AGENTWORKS_LAB_STATE: lab.state,
      AGENTWORKS_LAB_ROOTFS: lab.rootfs,
    },
  });
  const pass = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  process.on('SIGINT', pass);
  process.on('SIGTERM', pass);
  process.on('SIGHUP', pass);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('SIGINT', pass);
      process.off('SIGTERM', pass);
      process.off('SIGHUP', pass);
      resolve(code ?? (signal === null ? 1 : 143));
    });
  });
}
