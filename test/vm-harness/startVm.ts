import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machineFiles } from '../../src/core/platforms/qemu/argv.ts';
import { monitorOf } from '../../src/core/platforms/qemu/monitor.ts';
import { freePort } from '../../src/core/platforms/qemu/ports.ts';
import { Qmp } from '../../src/core/platforms/qemu/qmp.ts';
import type { MachineRecord } from '../../src/core/platforms/qemu/record.ts';
import { endQemu, liveRun, startQemu } from '../../src/core/platforms/qemu/run.ts';
import { targetOf } from '../../src/core/platforms/qemu/target.ts';
import type { ExecResult } from '../../src/core/ports/transport.ts';
import { operatorScript } from '../../src/core/remote/quote.ts';
import { createSsh2Transport } from '../../src/core/ssh/ssh2Transport.ts';
import { nodeClock } from '../../src/node/nodeClock.ts';
import { createNodeFiles } from '../../src/node/nodeFiles.ts';
import { createNodeProcess } from '../../src/node/nodeProcess.ts';
import { testContext } from '../fakes/context.ts';
import { isOwnerAlive, ownerStamp } from '../hosts/lock.ts';
import { ensureSnapshot, snapshotShape } from './snapshot.ts';

/** A real Debian 12 machine with its own kernel, right after its first boot. */
export interface TestVm {
  address: string;
  port: number;
  /** `ssh-ed25519 AAAA…`; equal in all copies. */
  hostKeys: string[];
  adminUser: string;
  privateKeyPath: string;
  publicKeyPath: string;
  /** Holds console.log and the disk. */
  directory: string;
  /** QEMU's control: `set_link`, `stop`, `cont`, `system_reset`… */
  qmp(command: string, parameters?: Record<string, unknown>): Promise<unknown>;
  /** As the admin over a connection of its own; `sudo -n` works. */
  exec(command: string): Promise<ExecResult>;
  dispose(): Promise<void>;
}

const parts = { process: createNodeProcess(process.env), files: createNodeFiles(tmpdir()), clock: nodeClock };
const prefix = 'agw-testvm-';

/** Machines of test runs that were killed are ended here; they are told by folder, mark and process identity. */
async function sweep(): Promise<void> {
  for (const name of (await readdir(tmpdir())).filter((each) => each.startsWith(prefix))) {
    const directory = join(tmpdir(), name);
    const owner = await readFile(join(directory, 'owner'), 'utf8').catch(() => undefined);
    if (owner === undefined || isOwnerAlive(owner)) continue;
    const record = await readFile(join(directory, machineFiles.record), 'utf8').catch(() => undefined);
    const id = record === undefined ? undefined : (JSON.parse(record) as MachineRecord).id;
    const run = id === undefined ? undefined : await liveRun(parts, { id, directory, run: undefined });
    if (id !== undefined && run !== undefined) await endQemu(parts, { id, directory, run }, 0, testContext());
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * A copy of the snapshot, about two seconds after the call. It has no way out (`restrict=on`), its clock is set, and
 * nothing is shared with other copies but the host key.
 */
export async function startVm(): Promise<TestVm> {
  const snapshot = await ensureSnapshot();
  await sweep();
  const directory = await mkdtemp(join(tmpdir(), prefix));
  await writeFile(join(directory, 'owner'), ownerStamp());
  const record = JSON.parse(await readFile(snapshot.record, 'utf8')) as MachineRecord;
  await cp(snapshot.record, join(directory, machineFiles.record));
  await cp(snapshot.seed, join(directory, machineFiles.seed), { recursive: true });
  await symlink(snapshot.state, join(directory, 'vm.state'));
  const made = await parts.process.run('qemu-img', [
    ...['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', snapshot.disk],
    join(directory, machineFiles.disk),
  ]);
  if (made.code !== 0) throw new Error(made.stderr);
  const target = targetOf(parts.process);
  const binary = (await parts.process.find(target.binary)) ?? target.binary;
  const context = testContext();
  // A range of its own, spread by process: workers that start at once rarely meet.
  const port = await freePort(24_000 + (process.pid % 2000) * 10, new Set());
  const run = await startQemu(
    parts,
    {
      ...{ binary, target, directory, accelerator: 'tcg', id: record.id, name: 'test', mac: record.mac, sshPort: port },
      ...{ cpus: snapshotShape.cpus, memoryMib: snapshotShape.memoryGib * 1024, boot: record.image.boot },
      ...{ isIsolated: true, isDisposable: true, incoming: 'exec:cat vm.state' },
    },
    context,
  );
  const monitor = await monitorOf(parts.process, directory);
  const qmp = async (command: string, parameters?: Record<string, unknown>): Promise<unknown> => {
    const connection = await Qmp.open(monitor.path);
    try {
      return await connection.execute(command, parameters);
    } finally {
      connection.close();
    }
  };
  const sshTarget = {
    ...{ vm: 'test', host: '127.0.0.1', port, user: record.adminUser, identityFile: snapshot.privateKey },
    ...{ hostKeys: [record.hostKey], hostKeyAlias: record.id, connectTimeoutMs: 60_000 },
  };
  const vm: TestVm = {
    address: '127.0.0.1',
    port,
    hostKeys: [record.hostKey],
    adminUser: record.adminUser,
    privateKeyPath: snapshot.privateKey,
    publicKeyPath: `${snapshot.privateKey}.pub`,
    directory,
    qmp,
    exec: async (command) => {
      const connection = await createSsh2Transport().connect(sshTarget);
      try {
        return await connection.exec(operatorScript(command));
      } finally {
        await connection.close();
      }
    },
    dispose: async () => {
      await endQemu(parts, { id: record.id, directory, run }, 0, context);
      await rm(directory, { recursive: true, force: true });
    },
  };
  try {
    while (((await qmp('query-status')) as { status: string }).status === 'inmigrate') await nodeClock.sleep(20);
    await qmp('cont');
    const set = await vm.exec(`sudo -n date -s @${Math.floor(Date.now() / 1000)} >/dev/null`);
    if (set.code !== 0) throw new Error(`The clock could not be set: ${set.stderr}`);
    return vm;
  } catch (error) {
    await vm.dispose();
    throw error;
  }
}
