import { describe, expect, it } from 'vitest';
import { type Running, Supervisor, type SupervisorEvent } from '../../src/extension/language/supervisor.ts';

/** A server whose end the test decides; counts how many are alive at once. */
class World {
  alive = 0;
  most = 0;
  started = 0;
  now = 1_000;
  readonly slept: number[] = [];
  readonly events: SupervisorEvent[] = [];
  readonly servers: FakeServer[] = [];
  /** Launches that fail, by their number. */
  failing: (launch: number) => boolean = () => false;
  /** Sleeps until told to go on. */
  isHolding = false;

  readonly supervisor = new Supervisor<FakeServer>({
    launch: async () => {
      const number = ++this.started;
      await tick();
      if (this.failing(number)) throw new Error(`launch ${number} failed`);
      const server = new FakeServer(this);
      this.servers.push(server);
      return server;
    },
    clock: {
      now: () => this.now,
      sleep: (ms, signal) => {
        this.slept.push(ms);
        if (!this.isHolding) return Promise.resolve();
        return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
      },
    },
    report: (event) => this.events.push(event),
  });

  get last(): FakeServer {
    const server = this.servers.at(-1);
    if (server === undefined) throw new Error('no server');
    return server;
  }
}

class FakeServer implements Running {
  readonly ended: Promise<string>;
  #end: (reason: string) => void = () => {};
  #isOver = false;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    world.alive++;
    world.most = Math.max(world.most, world.alive);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  crash(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#world.alive--;
    this.#end(reason);
  }

  async stop(): Promise<void> {
    await tick();
    this.crash('stopped');
  }
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const settled = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await tick();
};

describe('a supervised server', () => {
  it('is started once for all who ask at once', async () => {
    const world = new World();
    const all = await Promise.all([1, 2, 3].map(() => world.supervisor.ensure()));
    expect(new Set(all).size).toBe(1);
    expect(world.started).toBe(1);
  });

  it('is never there twice, however often it is restarted at once', async () => {
    const world = new World();
    const { supervisor } = world;
    await Promise.all([
      supervisor.ensure(),
      supervisor.restart(),
      supervisor.restart(),
      supervisor.stop(),
      supervisor.ensure(),
      supervisor.restart(),
    ]);
    await settled();
    expect(world.most).toBe(1);
    expect(world.alive).toBe(1);
    expect(world.events).toEqual([]);
    expect(await supervisor.ensure()).toBe(world.last);
  });

  it('comes back after a crash, which is reported once as the first', async () => {
    const world = new World();
    const first = await world.supervisor.ensure();
    first.crash('exit code 134');
    await settled();
    expect(world.alive).toBe(1);
    expect(world.last).not.toBe(first);
    expect(world.events).toEqual([{ is: 'ended', reason: 'exit code 134', isFirst: true, delayMs: 0 }]);
    world.last.crash('exit code 134');
    await settled();
    expect(world.events.map((event) => event.is === 'ended' && event.isFirst)).toEqual([true, false]);
  });

  it('is given up after too many crashes, says so once, and comes back when asked', async () => {
    const world = new World();
    await world.supervisor.ensure();
    for (let i = 0; i < 6; i++) {
      world.last.crash('exit code 1');
      await settled();
    }
    expect(world.started).toBe(4);
    expect(world.slept).toEqual([0, 1_000, 5_000]);
    expect(world.events.filter((event) => event.is === 'gave-up')).toEqual([
      { is: 'gave-up', reason: 'exit code 1', count: 4 },
    ]);
    await expect(world.supervisor.ensure()).rejects.toThrow('exit code 1');
    expect(world.started).toBe(4);
    await world.supervisor.restart();
    expect(world.alive).toBe(1);
    // What was before counts no more.
    world.last.crash('exit code 1');
    await settled();
    expect(world.alive).toBe(1);
    expect(world.events.at(-1)).toMatchObject({ is: 'ended', isFirst: true });
  });

  it('may crash now and then for ever', async () => {
    const world = new World();
    await world.supervisor.ensure();
    for (let i = 0; i < 10; i++) {
      world.last.crash('exit code 1');
      await settled();
      world.now += 10 * 60_000;
    }
    expect(world.alive).toBe(1);
    expect(world.events.every((event) => event.is === 'ended' && event.isFirst)).toBe(true);
  });

  it('counts a start that fails as an end', async () => {
    const world = new World();
    world.failing = () => true;
    await expect(world.supervisor.ensure()).rejects.toThrow('launch 4 failed');
    expect(world.events.map(({ is }) => is)).toEqual(['ended', 'ended', 'ended', 'gave-up']);
    world.failing = () => false;
    await world.supervisor.restart();
    expect(world.alive).toBe(1);
  });

  it('stops while it waits for its next attempt', async () => {
    const world = new World();
    await world.supervisor.ensure();
    world.isHolding = true;
    world.last.crash('exit code 1');
    await settled();
    await world.supervisor.stop();
    expect(world.alive).toBe(0);
    expect(world.started).toBe(1);
    world.isHolding = false;
    await world.supervisor.ensure();
    expect(world.alive).toBe(1);
  });

  it('starts nothing after it was disposed of', async () => {
    const world = new World();
    await world.supervisor.ensure();
    await world.supervisor.dispose();
    await expect(world.supervisor.ensure()).rejects.toThrow();
    await expect(world.supervisor.restart()).rejects.toThrow();
    expect([world.alive, world.started]).toEqual([0, 1]);
  });
});
