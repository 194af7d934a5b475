import { expect } from 'vitest';
import { isSoak } from '../soak.ts';
import { type Case, caseText, runCase, shapeOf, type Verdict } from './cases.ts';
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

/** What the operator fears most; the others take turns. */
const mainFaults = ['killed', 'interrupted', 'cut for two seconds', 'rebooted', 'power lost, on again'] as const;
const otherFaults = faultNames.filter((name) => !(mainFaults as readonly FaultName[]).includes(name));
const turn = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;

/**
 * The long run: every step of every verb with every main fault, or with `mains` of them in turns, and with one of the
 * others; begin and end of a step alternate, as do kill and interrupt at a write of the state. The product of everything
 * with everything (`FAULTS_EVERY=1`) takes days, and what it adds is what the daily samples draw from.
 */
async function coveringCases(world: World, verbs: readonly Verb[], mains: number): Promise<Case[]> {
  const list: Case[] = [];
  const add = (verb: Verb, strikes: Case['strikes']): void => {
    const index = list.length;
    list.push({ verb, strikes, next: index % 5 < 3 ? 'again' : 'remove', isJson: index % 2 === 0 });
  };
  for (const [v, verb] of verbs.entries()) {
    const { writes, steps } = await shapeOf(world, verb);
    let count = v;
    const places = steps.flatMap((all, operation) =>
      Array.from({ length: all + 1 }, (_, step) => ({ operation, step })),
    );
    for (const { operation, step } of places) {
      count++;
      const edge = step === 0 || count % 2 === 0 ? 'begins' : 'ended';
      const place = { operation, step, edge } as const;
      const chosen = Array.from({ length: mains }, (_, i) => turn(mainFaults, count * mains + i));
      for (const fault of [...chosen, turn(otherFaults, count)])
        add(verb, [{ point: { at: 'machine', place }, fault }]);
      if (count % 4 !== 0) continue;
      const undo = { operation: operation + 1, step: 1 + (step % 6), edge: 'begins' } as const;
      add(verb, [
        { point: { at: 'machine', place: { operation, step, edge: 'begins' } }, fault: 'interrupted' },
        { point: { at: 'machine', place: undo }, fault: turn(mainFaults, count / 4) },
      ]);
    }
    for (let index = 1; index <= writes; index++) {
      for (const edge of ['before', 'after'] as const) {
        const isKill = (index + v) % 2 === (edge === 'before' ? 0 : 1);
        const signal = isKill ? 'SIGKILL' : 'SIGINT';
        add(verb, [{ point: { at: 'write', edge, index, signal }, fault: isKill ? 'killed' : 'interrupted' }]);
      }
    }
    for (const [i, ms] of [0, 100, 200, 300, 450, 600].entries())
      add(verb, [{ point: { at: 'time', ms }, fault: turn(faultNames, v * 6 + i) }]);
  }
  return list;
}

/**
 * Runs a sample of all cases, or the covering ones in a soak, prints what became of each, and fails with what was wrong.
 * `FAULTS_ONLY` (verbs), `FAULTS_MATCH` (a part of a case's text), `FAULTS_SEED` and `FAULTS_COUNT` choose others.
 */
export async function campaign(
  furnish: () => Promise<World>,
  verbsOf: (world: World) => readonly Verb[],
  { sample, mains }: { sample: number; mains: number },
): Promise<void> {
  const { FAULTS_ONLY: only, FAULTS_MATCH: part, FAULTS_SEED: given, FAULTS_COUNT: count } = process.env;
  const isChosen = [only, part, count].some((value) => value !== undefined);
  // Another sample each day, and the same one all day long.
  const seed = Number(given ?? Math.floor(Date.now() / 86_400_000));
  console.log(`Faults, with FAULTS_SEED=${seed}`);
  let world = await furnish();
  try {
    let clean = await residue(world);
    const verbs = verbsOf(world).filter((verb) => only === undefined || only.split(',').includes(verb.id));
    // A sample learns the shape of few verbs only.
    const learnt = isSoak || isChosen ? verbs : pick(verbs, 3, seeded(seed));
    const isCovering = isSoak && process.env.FAULTS_EVERY !== '1';
    const cases = (
      isCovering ? await coveringCases(world, learnt, mains) : await allCases(world, learnt, seeded(seed))
    ).filter((one) => caseText(one).includes(part ?? ''));
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
