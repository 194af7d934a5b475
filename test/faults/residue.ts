import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listAgents, listGrants } from '../../src/core/agent/rows.ts';
import { listSessions } from '../../src/core/session/rows.ts';
import { openOperations } from '../../src/core/store/operations.ts';
import { listVms } from '../../src/core/vm/rows.ts';
import { listWorkspaces } from '../../src/core/workspace/rows.ts';
import type { World } from './world.ts';

/** Everything of ours that is on the machine, a line each; what runs there too. */
const machineScript = `cd /
getent passwd | cut -d: -f1,6 | grep -E '(agt|op)--' | sed 's/^/user /'
getent group | cut -d: -f1,4 | grep -E '^(agt|op|ws)--' | sed 's/^/group /'
for d in /home /opt/agentworks/workspaces /etc/agentworks/keys /etc/tmpfiles.d /var/spool/cron/crontabs /var/lib/systemd/linger /var/mail; do
  find "$d" -mindepth 1 -maxdepth 1 2>/dev/null
done
find /run/agentworks /var/lib/agentworks -mindepth 1 -not -path '/var/lib/agentworks/ops/*' -not -path '/var/lib/agentworks/next-id*' -not -path /run/agentworks/ops -not -path /run/agentworks/secrets -not -path /run/agentworks/ops/.lock -not -path /var/lib/agentworks/payloads 2>/dev/null
for d in /var/lib/agentworks/ops/*/; do
  [ ! -e "$d/pid" ] || grep -q '^X' "$d/events" || echo "open operation $(grep -c '^S' "$d/events")"
  [ -e "$d/pid" ] || [ -e "$d/void" ] || echo "operation that never began"
done
find /etc /opt /home /root /var/lib/agentworks /usr/local/bin -xdev \\( -name '.aw.*' -o -name '*.part' -o -name 'fstab.*' \\) 2>/dev/null
find /tmp /var/tmp /dev/shm -mindepth 1 -maxdepth 1 -not -name 'systemd-private-*' 2>/dev/null
ls -d /etc/*.lock /run/agentworks-* 2>/dev/null
git config --file /etc/gitconfig --get-all safe.directory | sed 's/^/safe /'
systemctl list-units --all --plain --no-legend 'agentworks*' | awk '{print "unit " $1}'
ps -eo user:32,args --no-headers | grep -E '^(agt|op)--|/run/agentworks/ops/' | grep -v -e grep -e '(sd-pam)' -e 'systemd --user' | sed 's/^/process /'
dpkg --audit | head -n 3
grep x-agentworks /etc/fstab | sort | uniq -c | sed 's/^/fstab /'
ls /etc/ssh/sshd_config.d /etc/sudoers.d /etc/systemd/system/*.d/agentworks.conf /etc/cron.allow /etc/at.allow 2>/dev/null
findmnt -rno TARGET,OPTIONS | grep -E '^/(proc|home|tmp|var/tmp|dev/shm|opt/agentworks/workspaces) ' | sort | grep -oE '^[^ ]+|nosuid|hidepid=[a-z0-9]+' | tr '\n' ' ' | sed 's/^/mounts /'
echo
/usr/sbin/sshd -t || echo 'sshd refuses its configuration'
`;

const isTransient = (line: string): boolean => /^(?:open operation|process |\/run\/agentworks-)/.test(line);

async function machineLines(world: World): Promise<string[]> {
  const { stdout } = await world.host.root(machineScript, { check: false });
  return stdout.split('\n').filter((line) => line !== '');
}

async function filesUnder(folder: string, skip: RegExp): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const lists = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (skip.test(path)) return [];
      return entry.isDirectory() ? [path, ...(await filesUnder(path, skip))] : [path];
    }),
  );
  return lists.flat();
}

/** Rows, open operations, and files of the operator's home, but for logs and what was saved before a delete. */
async function homeLines(world: World): Promise<string[]> {
  const { database } = world.engine;
  const rows = await database.read((r) => [
    ...listVms(r).map((one) => `row vm ${one.name} ${one.provisioning} ${one.init}`),
    ...listWorkspaces(r).map((one) => `row workspace ${one.name} ${one.status}`),
    ...listAgents(r).map((one) => `row agent ${one.name} ${one.status}`),
    ...listSessions(r).map((one) => `row session ${one.name} ${one.status}`),
    ...listGrants(r).map((one) => `row grant ${one.agentName} ${one.workspaceName} ${one.type} ${one.status}`),
    ...openOperations(r).map((one) => `row operation ${one.title}`),
    ...r
      .all('PRAGMA integrity_check')
      .flatMap((row) => Object.values(row).map((value) => `integrity ${String(value)}`)),
    ...r.all('PRAGMA foreign_key_check').map((row) => `broken reference ${JSON.stringify(row)}`),
  ]);
  const files = await filesUnder(world.directory, /\/logs$|\.bak$|\/source(?:\/|$)|\/salvages?(?:\/|$)/);
  const hosts = await Promise.all(
    files
      .filter((path) => /known_hosts$|ssh_config$|\.conf$|\/config$/.test(path))
      .map(async (path) =>
        (await readFile(path, 'utf8'))
          .split('\n')
          .filter((line) => !line.startsWith('# Host keys of'))
          .map((line) => `${path}: ${line}`),
      ),
  );
  // An empty folder of a cache is nothing that is left.
  return [...rows, ...files.filter((path) => !/\/\.cache(?:\/agentworks(?:\/bundles)?)?$/.test(path)), ...hosts.flat()];
}

export async function residue(world: World): Promise<string[]> {
  return [...(await machineLines(world)), ...(await homeLines(world))].sort();
}

/** What is there beyond `before`, and what is missing; waits for processes that are just ending. */
export async function difference(world: World, before: readonly string[]): Promise<string[]> {
  for (let attempt = 0; ; attempt++) {
    const now = await residue(world);
    const extra = now.filter((line) => !before.includes(line));
    const found = [
      ...extra.map((line) => `left: ${line}`),
      // What lies in memory goes with the power, and is made again when it is needed.
      ...before.filter((line) => !now.includes(line) && !line.startsWith('/run/')).map((line) => `gone: ${line}`),
    ];
    if (attempt >= 20 || !extra.some(isTransient)) return found;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
