import { createHash } from 'node:crypto';
import { access, chmod, cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { machineFiles } from '../../src/core/platforms/qemu/argv.ts';
import { monitorOf } from '../../src/core/platforms/qemu/monitor.ts';
import { QemuPlatform } from '../../src/core/platforms/qemu/qemuPlatform.ts';
import { Qmp } from '../../src/core/platforms/qemu/qmp.ts';
import { machineDirectory, readMachine } from '../../src/core/platforms/qemu/record.ts';
import { createSsh2Transport } from '../../src/core/ssh/ssh2Transport.ts';
import { withLock } from '../hosts/lock.ts';
import { draftRow, platformContext, specOf, type TestHome, testCache, testHome } from './home.ts';

/** A machine right after its first boot, kept as a disk and a memory image that any number of copies start from. */
export interface Snapshot {
  directory: string;
  disk: string;
  state: string;
  seed: string;
  privateKey: string;
  /** Relative to the directory: the machine's record at the time. */
  record: string;
}

/** Everything in a copy must be as it was: the devices, their order, and these. */
export const snapshotShape = { cpus: 2, memoryGib: 1, diskGib: 10 } as const;
/** Raised when the way of taking it changes. */
const version = 3;

const snapshotIn = (directory: string): Snapshot => ({
  directory,
  disk: join(directory, 'disk.qcow2'),
  state: join(directory, 'vm.state'),
  seed: join(directory, 'seed'),
  privateKey: join(directory, 'id_ed25519'),
  record: join(directory, 'machine.json'),
});

const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Pauses the machine and writes its memory to a file; the disk then belongs to that moment. */
async function saveState(directory: string, home: TestHome, target: string): Promise<void> {
  const qmp = await Qmp.open((await monitorOf(home.engine.process, directory)).path);
  try {
    await qmp.execute('stop');
    await qmp.execute('migrate-set-parameters', { 'max-bandwidth': 0 });
    await qmp.execute('migrate', { uri: `exec:cat > '${target}'` });
    for (;;) {
      const { status } = ((await qmp.execute('query-migrate')) ?? {}) as { status?: string };
      if (status === 'completed') break;
      if (status === 'failed' || status === 'cancelled') throw new Error(`The state could not be saved: ${status}`);
      await home.engine.clock.sleep(100);
    }
    await qmp.execute('quit');
  } finally {
    qmp.close();
  }
}

async function take(home: TestHome, target: string): Promise<void> {
  const { engine } = home;
  const options = { isIsolated: true, isDisposable: true };
  const platform = new QemuPlatform({ ...engine, transport: createSsh2Transport() }, options);
  const vm = draftRow('snapshot', snapshotShape);
  const context = platformContext(vm);
  try {
    await platform.create(vm, specOf(vm, home.publicKey), context);
    // The boot goes on for a while behind the first login; copies should not each repeat that.
    await engine.clock.sleep(8000);
    const directory = machineDirectory(engine, vm);
    const work = `${target}.part`;
    await rm(work, { recursive: true, force: true });
    await mkdir(work, { recursive: true });
    await saveState(directory, home, join(work, 'vm.state'));
    while ((await platform.status(vm)).status === 'running') await engine.clock.sleep(50);
    for (const name of [machineFiles.disk, machineFiles.seed, machineFiles.record]) {
      await cp(join(directory, name), join(work, name), { recursive: true });
    }
    await cp(home.privateKeyPath, join(work, 'id_ed25519'));
    await writeFile(join(work, 'id_ed25519.pub'), `${home.publicKey} test\n`);
    await chmod(join(work, 'disk.qcow2'), 0o400);
    if ((await readMachine(engine, vm)) === undefined) throw new Error('The machine has no record.');
    await rename(work, target);
  } finally {
    await platform.delete(vm, context);
  }
}

/** The snapshot of the current image, taken at first use: one build and one cold boot for all tests. */
export async function ensureSnapshot(): Promise<Snapshot> {
  const home = await testHome('image = "build"\naccelerator = "tcg"');
  try {
    const { builtImageDirectory } = await import('../../src/core/images/build.ts');
    const image = await builtImageDirectory(home.engine);
    const qemu = await home.engine.process.run('qemu-system-x86_64', ['--version']);
    const key = createHash('sha256')
      .update(JSON.stringify([image, qemu.stdout, snapshotShape, version]))
      .digest('hex');
    const target = join(testCache(), 'snapshots', key.slice(0, 16));
    if (!(await exists(target))) {
      await mkdir(join(testCache(), 'snapshots'), { recursive: true });
      await withLock(join(testCache(), 'snapshot.lock'), async () => {
        if (!(await exists(target))) await take(home, target);
      });
    }
    return snapshotIn(target);
  } finally {
    await home.dispose();
  }
}
