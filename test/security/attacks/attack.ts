import type { World } from '../../workspace/world.ts';

/** A machine after our init: agents eve (hostile, let into `one`) and bob, workspaces `one` and `two`. */
export interface Lab {
  world: World;
  root(script: string): Promise<string>;
  /** As eve; never throws. */
  eve(script: string): Promise<string>;
  as(account: string, script: string): Promise<string>;
  /** A program text put where every account can read it. */
  put(path: string, content: string): Promise<void>;
}

/**
 * One way for a hostile agent to get more than it was given. Both functions return what it got, in words or as the
 * output of the attack; nothing is the empty string.
 */
export interface Attack {
  /** What the agent does, to be read after "an agent". */
  name: string;
  /** Behind the requirement that it answers: part of the specification. */
  answers: string;
  /** The way of the Python CLI 0.2.1 that makes it work. */
  way: string;
  /** That way, done by hand on the same machine: must return something. */
  reference(lab: Lab): Promise<string>;
  /** The same against this program: must return nothing. */
  ours(lab: Lab): Promise<string>;
}

export const one = '/opt/agentworks/workspaces/one';
export const two = '/opt/agentworks/workspaces/two';

/** Does `work` while the machine shows every account's processes, as Debian does. */
export async function withoutHidepid<T>({ root }: Lab, work: () => Promise<T>): Promise<T> {
  await root('mount -o remount,hidepid=0 /proc');
  try {
    return await work();
  } finally {
    await root('mount -o remount,hidepid=2 /proc');
  }
}
