import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'vitest';
import { isSoak } from '../soak.ts';
import { campaign } from './campaign.ts';
import { thingVerbs } from './verbs.ts';
import { adoptArgv, startWorld, type World } from './world.ts';

const sourceOf = (world: World): string => join(world.directory, 'source');

/** A world with one VM, workspace and agent, in which a session was once, and a repository of the operator's. */
async function furnish(): Promise<World> {
  const world = await startWorld('faults');
  const source = sourceOf(world);
  mkdirSync(source);
  writeFileSync(join(source, 'file'), 'content\n');
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', source, '-c', 'user.name=t', '-c', 'user.email=t@tests.invalid', ...args]);
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
  await world.ok(...adoptArgv(world, 'box'));
  await world.ok('workspace', 'create', '--name', 'base', '--vm', 'box');
  await world.ok('agent', 'create', '--name', 'keeper', '--vm', 'box');
  // What stays for good when a session was there once.
  await world.ok('session', 'create', '--name', 'first', '--workspace', 'base', '--agent', 'keeper');
  await world.ok('session', 'delete', 'first', '--yes', '--force');
  return world;
}

it(
  'a verb about workspaces, agents and sessions that is interrupted anywhere can be run again and leaves nothing',
  () => campaign(furnish, (world) => thingVerbs(sourceOf(world)), { sample: 14, mains: 5 }),
  isSoak ? 24 * 3600_000 : 900_000,
);
