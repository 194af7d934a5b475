import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from './exec.ts';
import { withLock } from './lock.ts';
import { repositoryScript } from './repository.ts';

const packages = [
  ...['systemd-sysv', 'dbus', 'libpam-systemd', 'procps', 'netbase', 'ca-certificates', 'adduser', 'less'],
  ...['iproute2', 'iputils-ping', 'nftables', 'openssh-server', 'openssh-client', 'openssh-sftp-server'],
  ...['sudo', 'acl', 'attr', 'cron', 'at', 'tmux', 'git', 'zsh', 'fish', 'dash', 'bash'],
  ...['jq', 'unzip', 'zstd', 'xz-utils', 'curl', 'rsync', 'gnupg', 'gpgv', 'apt-utils', 'python3-minimal'],
];

/** Run in the finished root: what every host has in common. Keys, names and addresses are given at start. */
const customize = `set -eu
rm -f /etc/ssh/ssh_host_*
: > /etc/machine-id
printf '127.0.0.1 localhost\\n' > /etc/hosts
rm -f /etc/resolv.conf; : > /etc/resolv.conf
printf 'UseDNS no\\nHostKey /etc/ssh/ssh_host_ed25519_key\\n' > /etc/ssh/sshd_config.d/10-test.conf
systemctl mask systemd-networkd-wait-online.service systemd-firstboot.service apt-daily.timer apt-daily-upgrade.timer \\
  e2scrub_all.timer fstrim.timer dpkg-db-backup.timer systemd-resolved.service getty@tty1.service console-getty.service \\
  getty-static.service >/dev/null 2>&1
systemctl disable nftables.service >/dev/null 2>&1 || true
groupadd -g 1000 agentworks
useradd -m -u 1000 -g 1000 -s /bin/bash agentworks
printf 'agentworks ALL=(ALL) NOPASSWD:ALL\\n' > /etc/sudoers.d/90-agentworks
chmod 440 /etc/sudoers.d/90-agentworks
install -d -m 700 -o 1000 -g 1000 /home/agentworks/.ssh
${repositoryScript}
apt-get clean
rm -rf /tmp/* /var/log/apt/* /var/log/dpkg.log
`;

const dropped = ['man', 'locale', 'doc', 'info', 'bash-completion', 'zsh/help'];

/** Everything that decides what is in the root; part of its cache key. */
const recipeHash = (): string =>
  createHash('sha256')
    .update(JSON.stringify([process.arch, packages, customize, dropped]))
    .digest('hex')
    .slice(0, 16);

export const cacheDirectory = (): string =>
  process.env.AGENTWORKS_TEST_CACHE ?? join(homedir(), '.cache', 'agentworks-test');

/** The package sources of Debian 12 that this machine itself uses; empty where it is another system. */
async function ownSources(): Promise<string[]> {
  const format = '$(REPO_URI)|$(CODENAME)|$(COMPONENT)|$(ORIGIN)';
  const listed = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']).catch(
    () => undefined,
  );
  const lines = new Set((listed?.stdout ?? '').split('\n'));
  return [...lines].flatMap((line) => {
    const [uri, codename, component, origin] = line.split('|');
    return origin === 'Debian' && component === 'main' && codename?.startsWith('bookworm')
      ? [`deb ${uri} ${codename} main`]
      : [];
  });
}

/** How this machine's own apt reaches its sources. */
async function ownProxies(): Promise<string[]> {
  const dump = await run('apt-config', ['dump']).catch(() => undefined);
  return (dump?.stdout ?? '').split('\n').filter((line) => /^Acquire::https?::Proxy "[^"]+";$/i.test(line));
}

/** Directory of the shared root file system, built at first use. Needs root and mmdebstrap. */
export async function ensureRootfs(say: (text: string) => void): Promise<string> {
  const cache = cacheDirectory();
  const target = join(cache, `rootfs-${recipeHash()}`);
  const exists = (path: string): Promise<boolean> =>
    access(path).then(
      () => true,
      () => false,
    );
  if (await exists(target)) return target;
  await mkdir(cache, { recursive: true });
  await withLock(join(cache, 'rootfs.lock'), async () => {
    if (await exists(target)) return;
    await removeLeftOvers(cache);
    say('Building the root file system of the test hosts (once, about a minute)…');
    const building = join(cache, `building-${process.pid}`);
    const log = join(cache, 'rootfs-build.log');
    try {
      await build(building, log);
      await writeFile(join(building, 'etc/agentworks-test-rootfs'), `${recipeHash()}\n`);
      await rename(building, target);
    } catch (error) {
      await rm(building, { recursive: true, force: true });
      throw error;
    }
  });
  return target;
}

/** Builds that ended half way, and roots of older recipes that nobody used for a week. */
async function removeLeftOvers(cache: string): Promise<void> {
  const weekMs = 7 * 24 * 3600 * 1000;
  for (const name of await readdir(cache)) {
    const path = join(cache, name);
    const isOld =
      name.startsWith('rootfs-') && !name.endsWith('.log') && Date.now() - (await stat(path)).mtimeMs > weekMs;
    if (name.startsWith('building-') || isOld) await rm(path, { recursive: true, force: true });
  }
}

async function build(directory: string, logPath: string): Promise<void> {
  const sources = await ownSources();
  const aptOptions = [
    'Acquire::Languages "none"',
    'APT::Install-Recommends "false"',
    'Acquire::Check-Valid-Until "false"',
    ...(await ownProxies()),
  ];
  const args = [
    '--mode=root',
    '--variant=minbase',
    '--format=directory',
    '--components=main',
    `--include=${packages.join(',')}`,
    ...aptOptions.map((option) => `--aptopt=${option}`),
    ...dropped.map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
    '--customize-hook=chroot "$1" sh -c "$AGENTWORKS_CUSTOMIZE"',
    'bookworm',
    directory,
    ...sources,
  ];
  const child = spawn('mmdebstrap', args, {
    env: { ...process.env, AGENTWORKS_CUSTOMIZE: customize, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', () => reject(new Error('mmdebstrap is missing: install the package mmdebstrap.')));
    child.on('close', resolve);
  });
  await writeFile(logPath, output);
  if (code !== 0) {
    throw new Error(`mmdebstrap ended with ${code}; its output is in ${logPath}:\n${output.slice(-2000)}`);
  }
}
