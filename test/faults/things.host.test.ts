import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isSoak } from '../soak.ts';
import { type Case, runCase, shapeOf, type Verdict } from './cases.ts';
import { type FaultName, faultNames } from './faults.ts';
import { pick, seeded } from './pick.ts';
import { residue } from './residue.ts';
import { type Verb, verbs } from './verbs.ts';
import { adoptArgv, startWorld, type World } from './world.ts';

let world: World;
let clean: string[];
beforeAll(async () => {
  await furnish();
});
afterAll(() => world?.close());

/** A world with one VM, workspace and agent, in which a session was once. */
async function furnish(): Promise<void> {
  world = await startWorld('faults');
  const source = join(world.directory, 'source');
  mkdirSync(source);
  writeFileSync(join(source, 'file'), 'content\n');
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', source, '-c', 'user.name=t', '-c', 'user.email=t@tests.invalid', ...args]);
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
  for (const verb of verbs) verb.argv = verb.argv.map((word) => (/^SOURCE$|\/source$/.test(word) ? source : word));
  await world.ok(...adoptArgv(world, 'box'));
  await world.ok('workspace', 'create', '--name', 'base', '--vm', 'box');
  await world.ok('agent', 'create', '--name', 'keeper', '--vm', 'box');
  // What stays for good when a session was there once.
  await world.ok('session', 'create', '--name', 'first', '--workspace', 'base', '--agent', 'keeper');
  await world.ok('session', 'delete', 'first', '--yes', '--force');
  clean = await residue(world);
}

const only = process.env.FAULTS_ONLY;
const seed = Number(process.env.FAULTS_SEED ?? Math.floor(Date.now() / 1000) % 100_000);

async function allCases(): Promise<Case[]> {
  const chosen = verbs.filter((verb) => only === undefined || only.split(',').includes(verb.id));
  const random = seeded(seed);
  const list: Case[] = [];
  const both = (verb: Verb, strikes: Case['strikes']): void => {
    list.push({ verb, strikes, next: random() < 0.6 ? 'again' : 'remove', isJson: random() < 0.5 });
  };
  for (const verb of chosen) {
    const { writes, steps } = await shapeOf(world, verb);
    steps.forEach((count, operation) => {
      for (let step = 0; step <= count; step++) {
        for (const edge of ['begins', 'ended'] as const) {
          if (step === 0 && edge === 'ended') continue;
          for (const fault of faultNames) {
            both(verb, [{ point: { at: 'machine', place: { operation, step, edge } }, fault }]);
          }
        }
        // A second fault while the first is being dealt with: during the undo.
        for (const fault of ['killed', 'interrupted twice', 'cut for long', 'power lost, on again'] as FaultName[]) {
          both(verb, [
            { point: { at: 'machine', place: { operation, step, edge: 'begins' } }, fault: 'interrupted' },
            {
              point: { at: 'machine', place: { operation: operation + 1, step: 1 + (step % 6), edge: 'begins' } },
              fault,
            },
          ]);
        }
      }
    });
    for (let index = 1; index <= writes; index++) {
      for (const edge of ['before', 'after'] as const) {
        for (const signal of ['SIGKILL', 'SIGINT'] as const) {
          both(verb, [
            { point: { at: 'write', edge, index, signal }, fault: signal === 'SIGKILL' ? 'killed' : 'interrupted' },
          ]);
        }
      }
    }
    for (let ms = 0; ms < 600; ms += 100)
      for (const fault of faultNames) both(verb, [{ point: { at: 'time', ms }, fault }]);
  }
  return list;
}

it(
  'a command that is interrupted anywhere leaves nothing that is not known, and can be run again',
  async () => {
    console.log(`seed ${seed}`);
    const cases = await allCases();
    const wanted = Number(process.env.FAULTS_COUNT ?? (isSoak ? cases.length : 20));
    const bad: Verdict[] = [];
    let hits = 0;
    const chosen = pick(cases, wanted, seeded(seed));
    for (const [i, one] of chosen.entries()) {
      const began = Date.now();
      const verdict = await runCase(world, clean, one);
      if (verdict.isHit) hits++;
      const mark = verdict.problems.length > 0 ? '!!' : verdict.isHit ? 'ok' : '--';
      console.log(`${mark} ${i + 1}/${chosen.length} ${verdict.text} (${Date.now() - began} ms)`);
      if (verdict.problems.length === 0) continue;
      bad.push(verdict);
      console.log(verdict.problems.map((line) => `     ${line}`).join('\n'));
      console.log(verdict.said.replace(/^/gm, '     | '));
      await world.close();
      await furnish();
    }
    console.log(`${chosen.length} of ${cases.length} cases, ${hits} hit, ${bad.length} bad`);
    expect(bad.map((one) => `${one.text}: ${one.problems.join('; ')}`)).toEqual([]);
  },
  48 * 3600_000,
);
