import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const base = '/sys/fs/cgroup';
/** Version 2 alone, or beside version 1 (hybrid), where systemd's named hierarchy is wanted too. */
const unified = existsSync(`${base}/cgroup.controllers`) ? base : `${base}/unified`;
const hierarchies = [unified, `${base}/systemd`].filter((path) => existsSync(join(path, 'cgroup.procs')));

/** A control group of its own for a host: nspawn's payloads would share one otherwise, and it ends a host safely. */
export async function makeGroup(name: string): Promise<void> {
  for (const hierarchy of hierarchies) await mkdir(join(hierarchy, name), { recursive: true });
}

/** Files into which a process writes its pid to join. */
export const joinFiles = (name: string): string[] => hierarchies.map((path) => join(path, name, 'cgroup.procs'));

export async function freezeGroup(name: string, isFrozen: boolean): Promise<void> {
  await writeFile(join(unified, name, 'cgroup.freeze'), isFrozen ? '1' : '0');
}

/** Ends every process of the group and waits for it. */
export async function endGroup(name: string): Promise<void> {
  const path = join(unified, name);
  if (!existsSync(path)) return;
  await freezeGroup(name, false).catch(() => undefined);
  for (let i = 0; i < 500; i++) {
    await writeFile(join(path, 'cgroup.kill'), '1').catch(() => undefined);
    const events = await readFile(join(path, 'cgroup.events'), 'utf8').catch(() => 'populated 0');
    if (events.includes('populated 0')) return;
    await sleep(10);
  }
  throw new Error(`Processes of ${name} did not end.`);
}

export async function removeGroup(name: string): Promise<void> {
  for (const hierarchy of hierarchies) await removeTree(join(hierarchy, name));
}

async function removeTree(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(path, entry.name));
  await rmdir(path).catch(() => undefined);
}

/** The machine's PID 1 as seen from here, or undefined when it does not run. */
export async function leaderOf(name: string): Promise<number | undefined> {
  const payload = join(unified, name, 'payload');
  for (const group of [join(payload, 'init.scope'), payload]) {
    const pids = await readFile(join(group, 'cgroup.procs'), 'utf8').catch(() => '');
    for (const pid of pids.split('\n').filter(Boolean)) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      if (/^NSpid:.*\t1$/m.test(status)) return Number(pid);
    }
  }
  return undefined;
}
