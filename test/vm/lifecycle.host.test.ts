import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/core/engine.ts';
import { AppError } from '../../src/core/errors.ts';
import type { Endpoint, MachineSpec, Platform, PlatformContext, PowerState } from '../../src/core/ports/platform.ts';
import { listEvents } from '../../src/core/store/eventLog.ts';
import { ensureRunning, requireVm } from '../../src/core/vm/lookup.ts';
import type { Vm } from '../../src/core/vm/model.ts';
import { deleteVm as deleteRow, listVms } from '../../src/core/vm/rows.ts';
import {
  createVm,
  deleteVm,
  describeVm,
  listVmsWithState,
  planCreate,
  planReinit,
  startVm,
  stopVm,
} from '../../src/core/vm/service.ts';
import { scriptedAsk, silentAsk } from '../fakes/ask.ts';
import { testContext } from '../fakes/context.ts';
import { hostEngine } from '../hosts/engine.ts';
import { startHost, type TestHost } from '../hosts/host.ts';

/** A hypervisor with one machine, the test host, that can be told to fail. */
class OneMachine implements Platform {
  readonly name = 'qemu';
  failsAt: 'create' | 'delete' | undefined;
  isMade = false;
  isRunning = true;
  problems: string[] = [];
  seen: MachineSpec | undefined;
  readonly #host: TestHost;
  constructor(host: TestHost) {
    this.#host = host;
  }
  #endpoint(): Endpoint {
    const { address, port, hostKeys } = this.#host;
    return { host: address, port, hostKeys, connectTimeoutMs: 10_000 };
  }
  async preflight(): Promise<string[]> {
    return this.problems;
  }
  async create(_vm: Vm, spec: MachineSpec, context: PlatformContext): Promise<Endpoint> {
    this.seen = spec;
    await context.record({ disk: '/disks/one' });
    if (this.failsAt === 'create') throw new AppError('platform', 'The disk could not be made.');
    context.signal.throwIfAborted();
    this.isMade = true;
    return this.#endpoint();
  }
  async start(): Promise<Endpoint> {
    if (!this.isRunning) await this.#host.start();
    this.isRunning = true;
    return this.#endpoint();
  }
  async stop(): Promise<void> {
    await this.#host.stop();
    this.isRunning = false;
  }
  async delete(): Promise<void> {
    if (this.failsAt === 'delete') throw new AppError('platform', 'The machine is locked.');
    this.isMade = false;
  }
  async status(): Promise<PowerState> {
    if (!this.isMade) return { status: 'absent' };
    return { status: this.isRunning ? 'running' : 'stopped' };
  }
  async describe(): Promise<Record<string, string>> {
    return { Disk: '/disks/one' };
  }
}

let host: TestHost;
let engine: Engine;
let machine: OneMachine;
const events = (): Promise<string[]> =>
  engine.database.read((r) =>
    listEvents(r, { vm: 'dev' })
      .map((event) => event.event)
      .sort(),
  );

beforeAll(async () => {
  host = await startHost();
  machine = new OneMachine(host);
  const made = await hostEngine(host, {
    config: `[admin.config]
git_credentials = ["gh"]
[git_credentials.gh]
type = "github"
[vm_templates.default]
cpus = 3
swap = 0
mise = false
`,
    env: { GIT_CREDENTIALS_GH: 'ghp_x' },
  });
  engine = { ...made, platform: async () => machine };
  await engine.database.write((w) => deleteRow(w, 'box'));
});
afterAll(async () => {
  await engine?.close();
  await host?.dispose();
});

describe('creating', () => {
  it('plans without changing anything', async () => {
    const plan = await planCreate(engine, { name: 'dev' });
    expect(plan.spec).toMatchObject({ cpus: 3, hostname: 'qemu--dev', adminUser: 'agentworks' });
    expect(plan.secrets).toEqual(['GIT_CREDENTIALS_GH']);
    expect(await engine.database.read((r) => listVms(r))).toEqual([]);
  });

  it.each([
    [{ host: 'x', platform: 'qemu' }, '--host'],
    [{ platform: 'ssh', host: 'x', cpus: 2 }, '--cpus'],
    [{ platform: 'nope' }, 'nope'],
    [{ network: 'tailscale' }, 'tailnet'],
    [{ cpus: 0 }, '--cpus'],
    [{ name: 'a--b' }, '--'],
    [{ adminUsername: 'Root!' }, 'Root!'],
  ])('refuses %j', async (request, said) => {
    await expect(createVm(engine, { name: 'dev', ...request }, testContext())).rejects.toThrow(said);
    expect(await engine.database.read((r) => listVms(r))).toEqual([]);
  });

  it('stops at a problem that the platform sees beforehand', async () => {
    machine.problems = ['There is no hypervisor.'];
    await expect(createVm(engine, { name: 'dev' }, testContext())).rejects.toThrow('There is no hypervisor.');
    expect(await engine.database.read((r) => listVms(r))).toEqual([]);
    machine.problems = [];
  });

  it('keeps what a failed run made, and goes on with it', async () => {
    machine.failsAt = 'create';
    const failed = createVm(engine, { name: 'dev', cpus: 2 }, testContext());
    await expect(failed).rejects.toMatchObject({
      code: 'platform',
      hint: expect.stringContaining('vm create --name dev'),
    });
    expect(await requireVm(engine, 'dev')).toMatchObject({
      provisioning: 'failed',
      platformData: { disk: '/disks/one' },
    });
    machine.failsAt = undefined;
    await expect(createVm(engine, { name: 'dev', cpus: 5 }, testContext())).rejects.toMatchObject({ code: 'refused' });
    const context = testContext();
    const { vm, warnings } = await createVm(engine, { name: 'dev' }, context);
    expect(machine.seen?.cpus).toBe(2);
    expect({ provisioning: vm.provisioning, init: vm.init, warnings }).toEqual({
      provisioning: 'complete',
      init: 'complete',
      warnings: [],
    });
    expect(context.events.some((event) => event.type === 'info' && event.text.includes('Going on'))).toBe(true);
    expect(await events()).toEqual(
      [
        ...['init_complete', 'init_started', 'provisioning_complete', 'provisioning_failed'],
        ...['provisioning_started', 'provisioning_started'],
      ].sort(),
    );
  });

  it('an interrupt leaves a row to go on with and says so', async () => {
    const stop = new AbortController();
    const context = testContext(stop.signal);
    const wrapped: Engine = { ...engine, platform: async () => machine };
    const create = machine.create.bind(machine);
    machine.create = async (...args) => {
      stop.abort();
      return create(...args);
    };
    await expect(createVm(wrapped, { name: 'cut' }, context)).rejects.toMatchObject({
      code: 'aborted',
      hint: expect.stringContaining('vm create --name cut'),
    });
    expect((await requireVm(engine, 'cut')).provisioning).toBe('failed');
    machine.create = create;
    await engine.database.write((w) => deleteRow(w, 'cut'));
  });

  it('a name that is taken is refused', async () => {
    await expect(createVm(engine, { name: 'dev' }, testContext())).rejects.toMatchObject({ code: 'exists' });
  });
});

describe('a created VM', () => {
  it('is listed with its state, and described with live data', async () => {
    const [listed] = await listVmsWithState(engine, { hasPower: true });
    expect(listed).toMatchObject({ vm: { name: 'dev' }, power: { status: 'running' } });
    const described = await describeVm(engine, 'dev', testContext());
    expect(described.live).toMatchObject({ status: 'known' });
    expect(described.facts).toEqual({ Disk: '/disks/one', Transport: 'ssh2 (nothing needs OpenSSH)' });
    expect(described.applied?.outcome).toBe('complete');
  });

  it('has a plan in which nothing would change', async () => {
    const { plan } = await planReinit(engine, 'dev', testContext());
    expect(plan.steps.filter((step) => step.status !== 'satisfied')).toEqual([]);
  });

  it('a platform that does not answer holds up nothing', async () => {
    const slow: Engine = {
      ...engine,
      platform: async () => Object.assign(Object.create(machine), { status: () => new Promise(() => undefined) }),
    };
    const [listed] = await listVmsWithState(slow, { hasPower: true, deadlineMs: 50 });
    expect(listed?.power).toEqual({ status: 'unknown', reason: 'no answer within 0.05 s' });
  });

  it('stops, says so when asked again, and is not started by describe', async () => {
    expect(await stopVm(engine, 'dev', { isConfirmed: false }, testContext())).toMatchObject({
      hasStopped: true,
      ended: [],
    });
    expect(await stopVm(engine, 'dev', { isConfirmed: false }, testContext())).toMatchObject({ hasStopped: false });
    const described = await describeVm(engine, 'dev', testContext());
    expect(described.live).toEqual({ status: 'unknown', reason: 'the VM is stopped' });
    expect(machine.isRunning).toBe(false);
  });

  it('is started by what needs it, which says so', async () => {
    const context = testContext();
    await ensureRunning(engine, await requireVm(engine, 'dev'), context);
    expect(context.events).toContainEqual({ type: 'info', text: "VM 'dev' is stopped; starting it" });
    expect(machine.isRunning).toBe(true);
    expect(await startVm(engine, 'dev', testContext())).toMatchObject({ hasStarted: false });
  });
});

describe('deleting', () => {
  it('asks, naming what is lost, and does nothing after a no', async () => {
    const ask = scriptedAsk([false]);
    const request = { name: 'dev', force: false, isConfirmed: false, forget: false };
    await expect(deleteVm({ ...engine, ask }, request, testContext())).rejects.toMatchObject({ code: 'aborted' });
    expect(ask.questions).toEqual(["Delete VM 'dev' with all of this?"]);
    await expect(deleteVm({ ...engine, ask: silentAsk }, request, testContext())).rejects.toMatchObject({
      code: 'needs-input',
    });
    expect((await requireVm(engine, 'dev')).provisioning).toBe('complete');
  });

  it('keeps a tombstone when the platform fails, and finishes it later', async () => {
    machine.failsAt = 'delete';
    const request = { name: 'dev', force: false, isConfirmed: true, forget: false };
    await expect(deleteVm(engine, request, testContext())).rejects.toMatchObject({
      code: 'platform',
      hint: expect.stringContaining('--forget'),
    });
    expect((await requireVm(engine, 'dev')).provisioning).toBe('deleting');
    machine.failsAt = undefined;
    await deleteVm(engine, request, testContext());
    expect(await engine.database.read((r) => listVms(r))).toEqual([]);
    expect(await events()).toEqual(expect.arrayContaining(['delete_started', 'delete_failed', 'deleted']));
  });
});
