import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../../engine.ts';
import type { Check, GroupOfChecks } from '../model.ts';

const qemuNames: Readonly<Record<string, string>> = { x64: 'qemu-system-x86_64', arm64: 'qemu-system-aarch64' };

/** QEMU's installer on Windows does not put it on PATH. */
async function findQemu(engine: Engine, configured: string | undefined): Promise<string | undefined> {
  const name = qemuNames[engine.process.arch] ?? 'qemu-system-x86_64';
  if (configured !== undefined) return engine.process.find(configured);
  const found = await engine.process.find(name);
  const programs = engine.process.env.ProgramFiles;
  if (found !== undefined || engine.process.platform !== 'win32' || programs === undefined) return found;
  return engine.process.find(join(programs, 'qemu', `${name}.exe`));
}

const canUseKvm = async (): Promise<boolean> =>
  access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );

/** What the binary was built with and the machine offers; whether it really works is seen at the first boot. */
async function acceleration(engine: Engine, qemu: string): Promise<Check> {
  const answer = await engine.process.run(qemu, ['-accel', 'help'], { timeoutMs: 10_000 }).catch(() => undefined);
  const built = new Set((answer?.stdout ?? '').split(/\s+/));
  const { platform } = engine.process;
  const wanted = platform === 'linux' ? 'kvm' : platform === 'darwin' ? 'hvf' : 'whpx';
  const name = 'QEMU acceleration';
  const slow = 'machines are emulated (tcg) and slow';
  if (answer === undefined || answer.code !== 0)
    return { name, status: 'warn', message: 'QEMU did not say what it can do' };
  if (!built.has(wanted)) return { name, status: 'info', message: `this QEMU has no ${wanted}; ${slow}` };
  if (wanted === 'kvm' && !(await canUseKvm())) {
    const hint = 'Turn on virtualization in the firmware, or join the group that owns /dev/kvm.';
    return { name, status: 'info', message: `/dev/kvm cannot be used; ${slow}`, hint };
  }
  const { knownAnswer } = await import('../../platforms/qemu/accelerator.ts');
  switch (await knownAnswer(engine, qemu, wanted)) {
    case true:
      return { name, status: 'ok', message: `${wanted}, a probe machine has started with it` };
    case false:
      return { name, status: 'info', message: `${wanted} is there, but no probe machine started with it; ${slow}` };
    default:
      return { name, status: 'ok', message: `${wanted}, tried when the first machine boots` };
  }
}

async function qemuChecks(engine: Engine): Promise<Check[]> {
  const { config } = await engine.config.check();
  const path = await findQemu(engine, config?.qemu.binary);
  const isNeeded = (config?.defaults.platform ?? 'qemu') === 'qemu';
  if (path === undefined) {
    const hint = engine.process.platform === 'linux' ? 'Install qemu-system-x86 and qemu-utils.' : 'Install QEMU.';
    return [{ name: 'qemu', status: isNeeded ? 'warn' : 'info', message: 'not found', hint }];
  }
  const image = await engine.process.find('qemu-img');
  return [
    { name: 'qemu', status: 'ok', message: path },
    image === undefined
      ? { name: 'qemu-img', status: 'warn', message: 'not found', hint: 'Install qemu-utils: disks are made with it.' }
      : { name: 'qemu-img', status: 'ok', message: image },
    await acceleration(engine, path),
  ];
}

async function optional(engine: Engine, name: string): Promise<Check> {
  const path = await engine.process.find(name);
  return { name, status: path === undefined ? 'info' : 'ok', message: path ?? 'not available' };
}

export const platforms: GroupOfChecks = {
  name: 'VM platforms',
  look: async (engine) => [
    ...(await qemuChecks(engine)),
    ...(await Promise.all(
      ['limactl', ...(engine.process.platform === 'win32' ? ['wsl'] : [])].map((name) => optional(engine, name)),
    )),
  ],
};
