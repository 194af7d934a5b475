import type { Running } from './program.ts';
import type { World } from './world.ts';

/**
 * What can happen to a command in the middle. `during` comes at the point; `after` once the program has ended, and
 * makes the world whole again, so that the next command can be judged.
 */
export interface Fault {
  during(world: World, running: Running): Promise<void>;
  after?(world: World): Promise<void>;
  /** The program itself is what the fault hits. */
  isSignal?: boolean;
  /** What the step at hand did may be lost, or done again. */
  isMachine?: boolean;
  /** How long the program tries to reach the machine again. */
  windowSeconds: number;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const signal = (...names: NodeJS.Signals[]): Fault => ({
  isSignal: true,
  windowSeconds: 15,
  during: async (_, running) => {
    for (const name of names) {
      running.child.kill(name);
      await pause(60);
    }
  },
});

export const faults = {
  killed: signal('SIGKILL'),
  interrupted: signal('SIGINT'),
  'interrupted twice': signal('SIGINT', 'SIGINT'),
  'interrupted three times': signal('SIGINT', 'SIGINT', 'SIGINT'),
  terminated: signal('SIGTERM'),
  'terminal gone': signal('SIGHUP'),
  'cut, back at once': { windowSeconds: 15, during: async (world) => world.proxy.cut() },
  'cut for two seconds': {
    windowSeconds: 15,
    during: async (world) => {
      world.proxy.goDown();
      await pause(2000);
      world.proxy.comeUp();
    },
  },
  'cut for long': {
    windowSeconds: 2,
    during: async (world, running) => {
      world.proxy.goDown();
      await running.done;
    },
    after: async (world) => world.proxy.comeUp(),
  },
  'interrupted while cut': {
    isSignal: true,
    windowSeconds: 15,
    during: async (world, running) => {
      world.proxy.goDown();
      await pause(100);
      running.child.kill('SIGINT');
      await running.done;
    },
    after: async (world) => world.proxy.comeUp(),
  },
  'power lost, on again': {
    isMachine: true,
    windowSeconds: 40,
    during: async (world) => {
      await world.host.stop();
      world.proxy.cut();
      await world.host.start();
    },
  },
  'power lost for long': {
    isMachine: true,
    windowSeconds: 2,
    during: async (world, running) => {
      await world.host.stop();
      world.proxy.goDown();
      await running.done;
    },
    after: async (world) => {
      await world.host.start();
      world.proxy.comeUp();
    },
  },
  rebooted: {
    isMachine: true,
    windowSeconds: 40,
    during: async (world) => {
      await world.host.reboot();
    },
  },
  'sshd killed': {
    windowSeconds: 15,
    during: async (world) => {
      await world.host.root('pkill -KILL -x sshd; systemctl reset-failed ssh; systemctl restart ssh', { check: false });
    },
  },
  'runner killed': {
    isMachine: true,
    windowSeconds: 15,
    during: async (world) => {
      const open = world.watch.operations().at(-1);
      await world.host.root(`kill -KILL "$(cat /var/lib/agentworks/ops/${open ?? 'none'}/pid)"`, { check: false });
    },
  },
} satisfies Record<string, Fault>;

export type FaultName = keyof typeof faults;
export const faultNames = Object.keys(faults) as FaultName[];
export const faultOf = (name: FaultName): Fault => faults[name];
