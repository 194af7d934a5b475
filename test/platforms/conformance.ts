import { expect, test } from 'vitest';
import type { Endpoint, MachineSpec, Platform, PlatformContext } from '../../src/core/ports/platform.ts';
import type { ExecResult } from '../../src/core/ports/transport.ts';
import type { Vm } from '../../src/core/vm/model.ts';

/** One machine of a platform on its way from nothing to nothing. */
export interface ConformanceSubject {
  platform: Platform;
  vm: Vm;
  spec: MachineSpec;
  context: PlatformContext & { warnings(): string[] };
  /** Logs in with the pinned key, as the admin, and runs a command. */
  exec(command: string): Promise<ExecResult>;
  /** Whether anything of the machine is left on the operator's side. */
  hasLeftovers(): Promise<boolean>;
}

type More = Record<string, () => Promise<void>>;

export interface ConformanceOptions {
  /** Whether the platform makes, switches and removes machines; adopted ones it only knows. */
  isOwner: boolean;
  /** The platform's own tests: with the machine just made, and started again. */
  whileRunning?: More;
  afterRestart?: More;
}

const keep = (vm: Vm, endpoint: Endpoint): void => {
  vm.address = { host: endpoint.host, port: endpoint.port };
  vm.hostKeys = endpoint.hostKeys;
  vm.connectTimeoutMs = endpoint.connectTimeoutMs;
  vm.provisioning = 'complete';
};

const strangersKey = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${'B'.repeat(43)}`;

/** What every platform must do. The tests build on each other: one machine is expensive. */
export function platformConformance(subject: () => ConformanceSubject, options: ConformanceOptions): void {
  test('preflight finds no problem and changes nothing', async () => {
    const { platform, spec, vm, hasLeftovers } = subject();
    expect(await platform.preflight(spec)).toEqual([]);
    if (!options.isOwner) return;
    expect(await platform.status(vm)).toEqual({ status: 'absent' });
    expect(await hasLeftovers()).toBe(false);
  });

  test('create returns when the admin can log in with a key that is known before', async () => {
    const { platform, vm, spec, context, exec } = subject();
    const endpoint = await platform.create(vm, spec, context);
    expect(endpoint.hostKeys.length).toBeGreaterThan(0);
    keep(vm, endpoint);
    const answer = await exec('id -un; sudo -n id -u');
    expect(answer.stdout.trim().split('\n')).toEqual([spec.adminUser, '0']);
    expect(await platform.status(vm)).toEqual({ status: 'running' });
  });

  test('another host key is refused', async () => {
    const { vm, exec } = subject();
    const { hostKeys } = vm;
    vm.hostKeys = [strangersKey];
    await expect(exec('true')).rejects.toMatchObject({ code: 'host-key' });
    vm.hostKeys = hostKeys;
  });

  test('create and start of a running machine change nothing', async () => {
    const { platform, vm, spec, context } = subject();
    const again = await platform.create(vm, spec, context);
    expect({ host: again.host, port: again.port }).toEqual(vm.address);
    expect(again.hostKeys).toEqual(vm.hostKeys);
    expect((await platform.start(vm, context)).port).toBe(vm.address?.port);
  });

  test('describe names facts in single lines', async () => {
    const { platform, vm } = subject();
    const facts = Object.entries(await platform.describe(vm));
    expect(facts.length).toBeGreaterThan(0);
    for (const [label, value] of facts) expect(`${label}: ${value}`).not.toMatch(/[\n\r]/);
  });

  for (const [name, run] of Object.entries(options.whileRunning ?? {})) test(name, run);

  if (!options.isOwner) {
    test('it is neither switched nor removed', async () => {
      const { platform, vm, context, exec } = subject();
      await expect(platform.stop(vm, context)).rejects.toMatchObject({ code: 'unsupported' });
      await platform.delete(vm, context);
      expect((await exec('true')).code).toBe(0);
      expect(await platform.status(vm)).toEqual({ status: 'running' });
    });
    return;
  }

  test('stop shuts down, start brings the same machine back', async () => {
    const { platform, vm, context, exec } = subject();
    await exec('echo kept > ~/kept');
    const before = context.warnings().length;
    await platform.stop(vm, context);
    expect(context.warnings().slice(before)).toEqual([]);
    expect(await platform.status(vm)).toEqual({ status: 'stopped' });
    await platform.stop(vm, context);
    const { hostKeys } = vm;
    keep(vm, await platform.start(vm, context));
    expect(vm.hostKeys).toEqual(hostKeys);
    expect((await exec('cat ~/kept')).stdout).toBe('kept\n');
  });

  for (const [name, run] of Object.entries(options.afterRestart ?? {})) test(name, run);

  test('delete leaves nothing, and may be repeated', async () => {
    const { platform, vm, context, hasLeftovers } = subject();
    await platform.delete(vm, context);
    expect(await platform.status(vm)).toEqual({ status: 'absent' });
    expect(await hasLeftovers()).toBe(false);
    await platform.delete(vm, context);
  });
}
