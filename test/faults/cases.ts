import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FaultName, faultOf } from './faults.ts';
import { type Running, startProgram } from './program.ts';
import { difference } from './residue.ts';
import { complaints } from './said.ts';
import { lies } from './truth.ts';
import type { Verb } from './verbs.ts';
import { MachineWatch, type Place, reached } from './watchMachine.ts';
import type { World } from './world.ts';

/** Where a fault comes: a place of the work on the machine, a write of the state file, or a number of ms after the start. */
export type Point =
  | { at: 'machine'; place: Place }
  | { at: 'write'; edge: 'before' | 'after'; index: number; signal: 'SIGKILL' | 'SIGINT' }
  | { at: 'time'; ms: number };

export interface Case {
  verb: Verb;
  /** Usually one; a second one comes while the first is being dealt with. */
  strikes: { point: Point; fault: FaultName }[];
  /** What the operator does next. */
  next: 'again' | 'remove';
  isJson: boolean;
}

const pointText = (point: Point): string => {
  switch (point.at) {
    case 'machine':
      return `operation ${point.place.operation + 1}, step ${point.place.step} ${point.place.edge}`;
    case 'write':
      return `${point.edge} state write ${point.index}`;
    case 'time':
      return `${point.ms} ms after the start`;
  }
};

export const caseText = ({ verb, strikes, next }: Case): string =>
  `${verb.id}: ${strikes.map(({ point, fault }) => `${fault} ${pointText(point)}`).join(', then ')}; then ${next}`;

export interface Verdict {
  text: string;
  /** False: the command ended before the point was reached. */
  isHit: boolean;
  problems: string[];
  said: string;
}

async function strike(world: World, running: Running, one: Case['strikes'][number]): Promise<boolean> {
  const { point, fault } = one;
  if (point.at === 'time') await Promise.race([running.done, new Promise((resolve) => setTimeout(resolve, point.ms))]);
  if (point.at === 'machine' && !(await reached(world.watch, point.place, running.isEnded))) return false;
  if (running.isEnded()) return false;
  await faultOf(fault).during(world, running);
  return true;
}

/** Must succeed, or say that there is nothing left to do: `not-found` of a removal, `exists` of a create, no grant of a deny. */
async function finish(world: World, argv: string[], word: 'not-found' | 'exists'): Promise<string[]> {
  const ended = await world.run(...argv);
  const isFine = ended.code === 0 || new RegExp(`"code":"${word}"|has no grant for it"`).test(ended.stderr);
  const wrong = complaints(ended, { isJson: true });
  return isFine
    ? wrong
    : [`'${argv.slice(0, 3).join(' ')}' ended with ${ended.code}: ${ended.stderr.slice(-600)}`, ...wrong];
}

/** One command, one fault, and everything that must hold afterwards. `clean` is the world before. */
export async function runCase(world: World, clean: readonly string[], one: Case): Promise<Verdict> {
  const verdict: Verdict = { text: caseText(one), isHit: false, problems: [], said: '' };
  try {
    await judge(world, clean, one, verdict);
  } catch (error) {
    verdict.problems.push(`the case itself failed: ${String(error)}`);
  }
  if (verdict.problems.length > 0) verdict.said += `\n${await machineNow(world)}`;
  return verdict;
}

/** What helps to understand a leftover: who runs, and what is in our folders in memory. */
async function machineNow(world: World): Promise<string> {
  const script =
    'ps -eo pid,ppid,user:20,stat,etimes,args --no-headers; find /run/agentworks-* -ls 2>&1; findmnt -rno TARGET | grep agentworks';
  return (await world.host.root(`cd /; ${script}`, { check: false })).stdout;
}

async function judge(world: World, clean: readonly string[], one: Case, verdict: Verdict): Promise<void> {
  const { verb, strikes } = one;
  const { problems } = verdict;
  for (const argv of verb.prepare) await world.ok(...argv);
  world.watch = new MachineWatch(world.host.rootPath);
  const mark = join(mkdtempSync(join(world.host.directory, 'mark-')), 'mark');
  writeFileSync(mark, 'not yet');
  const windowSeconds = Math.max(...strikes.map(({ fault }) => faultOf(fault).windowSeconds));
  const env: Record<string, string> = { AGENTWORKS_RECONNECT_SECONDS: String(windowSeconds) };
  const [first] = strikes;
  const isWrite = first?.point.at === 'write';
  if (first?.point.at === 'write') {
    const { edge, index, signal } = first.point;
    env.NODE_OPTIONS = `--require ${join(import.meta.dirname, 'atWrite.cjs')}`;
    env.FAULT_AT_WRITE = `${edge}:${index}:${signal}`;
    env.FAULT_MARK = mark;
  }
  const home = { directory: world.directory, program: world.program };
  const running = startProgram(home, one.isJson ? [...verb.argv, '--json'] : verb.argv, env);
  const hits: boolean[] = [];
  for (const each of strikes) if (each.point.at !== 'write') hits.push(await strike(world, running, each));
  const limit = setTimeout(() => {
    problems.push('it hung for 90 s');
    running.child.kill('SIGKILL');
  }, 90_000);
  const ended = await running.done;
  clearTimeout(limit);
  if (isWrite) hits.push(readFileSync(mark, 'utf8') === '');
  verdict.isHit = hits.some(Boolean);
  verdict.said = `exit ${ended.code ?? ended.signal}: ${ended.stderr.slice(-1500)}`;
  for (const { fault } of strikes) await faultOf(fault).after?.(world);
  problems.push(...complaints(ended, { isJson: one.isJson }));
  for (const thing of verb.things) problems.push(...(await lies(world, thing)));
  if (one.next === 'again') {
    const cutShort = world.watch.cutShort();
    problems.push(...(await finish(world, verb.again ?? verb.argv, verb.isRemoval === true ? 'not-found' : 'exists')));
    if (verb.isRemoval !== true) problems.push(...((await verb.isDone?.(world, cutShort)) ?? []));
  }
  for (const argv of verb.remove) problems.push(...(await finish(world, argv, 'not-found')));
  const left = await difference(world, clean);
  // What a killed write leaves goes with the next write; here there was none. The next case would find it.
  const isAwaited = isWrite && one.next === 'remove' && ended.signal === 'SIGKILL';
  problems.push(
    ...left.filter((line) => !(isAwaited && /\/(?:\.state\.db\.[0-9a-f]+\.tmp|state\.db\.lock)$/.test(line))),
  );
}

/** How many writes of the state and which steps a verb has, learnt from a run without a fault. */
export async function shapeOf(world: World, verb: Verb): Promise<{ writes: number; steps: number[] }> {
  for (const argv of verb.prepare) await world.ok(...argv);
  world.watch = new MachineWatch(world.host.rootPath);
  const mark = join(mkdtempSync(join(world.host.directory, 'mark-')), 'mark');
  writeFileSync(mark, '');
  const env = {
    NODE_OPTIONS: `--require ${join(import.meta.dirname, 'atWrite.cjs')}`,
    FAULT_AT_WRITE: 'count:0:none',
    FAULT_MARK: mark,
  };
  const home = { directory: world.directory, program: world.program };
  const ended = await startProgram(home, [...verb.argv, '--json'], env).done;
  if (ended.code !== 0) throw new Error(`${verb.id}: ${ended.stderr}`);
  const shape = { writes: readFileSync(mark, 'utf8').length, steps: world.watch.shape() };
  for (const argv of verb.remove) await world.run(...argv);
  return shape;
}
