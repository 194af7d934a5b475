import { expect } from 'vitest';
import { isSoak } from '../soak.ts';
import { type Case, runCase, shapeOf, type Verdict } from './cases.ts';
import { type FaultName, faultNames } from './faults.ts';
import { pick, seeded } from './pick.ts';
import { residue } from './residue.ts';
import type { Verb } from './verbs.ts';
import type { World } from './world.ts';

/** Every fault at every place of every verb; a second fault where the first is being dealt with. */
async function allCases(world: World, verbs: readonly Verb[], random: () => number): Promise<Case[]> {
  const list: Case[] = [];
  const add = (verb: Verb, strikes: Case['strikes']): void => {
    list.push({ verb, strikes, next: random() < 0.6 ? 'again' : 'remove', isJson: random() < 0.5 });
  };
  for (const verb of verbs) {
    const { writes, steps } = await shapeOf(world, verb);
    steps.forEach((count, operation) => {
      for (let step = 0; step <= count; step++) {
        for (const edge of step === 0 ? (['begins'] as const) : (['begins', 'ended'] as const)) {
          for (const fault of faultNames) {
            add(verb, [{ point: { at: 'machine', place: { operation, step, edge } }, fault }]);
          }
        }
        for (const fault of ['killed', 'interrupted twice', 'cut for long', 'power lost, on again'] as FaultName[]) {
          const undo = { operation: operation + 1, step: 1 + (step % 6), edge: 'begins' } as const;
          add(verb, [
            { point: { at: 'machine', place: { operation, step, edge: 'begins' } }, fault: 'interrupted' },
            { point: { at: 'machine', place: undo }, fault },
          ]);
        }
      }
    });
    for (let index = 1; index <= writes; index++) {
      for (const edge of ['before', 'after'] as const) {
        add(verb, [{ point: { at: 'write', edge, index, signal: 'SIGKILL' }, fault: 'killed' }]);
        add(verb, [{ point: { at: 'write', edge, index, signal: 'SIGINT' }, fault: 'interrupted' }]);
      }
    }
    for (let ms = 0; ms < 600; ms += 100) {
      for (const fault of faultNames) add(verb, [{ point: { at: 'time', ms }, fault }]);
    }
  }
  return list;
}

/**
 * Runs a sample of the cases, or all of them in a soak, prints what became of each, and fails with what was wrong.
 * `FAULTS_ONLY`, `FAULTS_SEED` and `FAULTS_COUNT` choose verbs, the sample and its size.
 */
export async function campaign(
  furnish: () => Promise<World>,
  verbsOf: (world: World) => readonly Verb[],
  sample: number,
): Promise<void> {
  const { FAULTS_ONLY: only, FAULTS_SEED: given, FAULTS_COUNT: count } = process.env;
  // Another sample each day, and the same one all day long.
  const seed = Number(given ?? Math.floor(Date.now() / 86_400_000));
  console.log(`Faults, with FAULTS_SEED=${seed}`);
  let world = await furnish();
  try {
    let clean = await residue(world);
    const verbs = verbsOf(world).filter((verb) => only === undefined || only.split(',').includes(verb.id));
    // A sample learns the shape of few verbs only.
    const learnt = isSoak || count !== undefined ? verbs : pick(verbs, 3, seeded(seed));
    const cases = await allCases(world, learnt, seeded(seed));
    const chosen = pick(cases, Number(count ?? (isSoak ? cases.length : sample)), seeded(seed + 1));
    const bad: Verdict[] = [];
    let hits = 0;
    for (const [i, one] of chosen.entries()) {
      const began = Date.now();
      // A verb names places of its world, which may be another one by now.
      const verb = verbsOf(world).find((each) => each.id === one.verb.id) ?? one.verb;
      const verdict = await runCase(world, clean, { ...one, verb });
      if (verdict.isHit) hits++;
      const mark = verdict.problems.length > 0 ? '!!' : verdict.isHit ? 'ok' : '--';
      console.log(`${mark} ${i + 1}/${chosen.length} ${verdict.text} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
      if (verdict.problems.length === 0) continue;
      bad.push(verdict);
      console.log(verdict.problems.map((line) => `     ${line}`).join('\n'));
      console.log(verdict.said.replace(/^/gm, '     | '));
      await world.close();
      world = await furnish();
      clean = await residue(world);
    }
    console.log(`${chosen.length} of ${cases.length} cases, ${hits} hit, ${bad.length} bad`);
    expect(bad.map((one) => `${one.text}: ${one.problems.join('; ')}`)).toEqual([]);
  } finally {
    await world.close();
  }
}
