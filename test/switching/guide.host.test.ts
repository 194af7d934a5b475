import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../session/hostWorld.ts';
import { type SwitchingWorld, shows, startSwitchingWorld } from './switchingWorld.ts';

const guide = join(import.meta.dirname, '../../docs/guides/switching.md');

/** Words of a line as a shell takes them; the guide needs single quotes only. */
const words = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');

const linesOf = (text: string): string[][] =>
  [...text.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) => block.trim().split('\n')).map(words);

describe('the guide on switching', () => {
  let world: SwitchingWorld;
  beforeAll(async () => {
    world = await startSwitchingWorld();
  });
  afterAll(async () => world?.close());

  it('can be followed from its first command to its last, on what the reference left behind', async () => {
    const lines = linesOf(await readFile(guide, 'utf8'));
    expect(lines.length).toBeGreaterThan(20);
    for (const [program, ...args] of lines) {
      expect(program).toBe('agentworks');
      if (args[1] === 'attach') {
        const terminal = await world.terminal(...args);
        await shows(terminal, `i am ${args[2]}`);
        await terminal.type('C-b', 'd');
        expect(await until('the detach', async () => terminal.exitCode())).toBe(0);
      } else await world.ok(...args);
    }
    // What was running when the operator began still is, but for what the guide stops.
    const sessions = await world.json<{ name: string; status: string }[]>('session', 'list');
    expect(Object.fromEntries(sessions.map((one) => [one.name, one.status]))).toEqual({
      adm: 'running',
      adm2: 'running',
      work: 'running',
      other: 'running',
      ended: 'stopped',
    });
    expect((await world.host.root(`kill -0 ${world.servers.work.pid} && echo same`)).stdout.trim()).toBe('same');
  });
});
