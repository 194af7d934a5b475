import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Terminal } from '../session/hostWorld.ts';
import { difference, residue } from './residue.ts';
import { MachineWatch } from './watchMachine.ts';
import { adoptArgv, startWorld, type World } from './world.ts';

const create = ['agent', 'create', '--name', 'ann', '--vm', 'box', '--yes'];

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`Waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('Ctrl-C in a terminal', () => {
  let world: World;
  let clean: string[];
  let folder: string;
  const terminals: Terminal[] = [];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'agw-terminal-'));
    world = await startWorld(
      'ctrlc',
      '[user_install_commands.counted]\ncommand = "sleep 20; echo done >> ~/installs"\n',
    );
    await world.ok(...adoptArgv(world, 'box'));
    await world.ok('agent', 'create', '--name', 'keeper', '--vm', 'box', '--template', 'bare');
    clean = await residue(world);
  });
  afterAll(async () => {
    await world?.close();
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(async () => {
    for (const terminal of terminals.splice(0)) await terminal.close();
  });

  /** Sits at the create until the machine is in its long step. */
  async function inTheMiddle(): Promise<{ terminal: Terminal; ended(): Promise<{ code: number; screen: string }> }> {
    world.watch = new MachineWatch(world.host.rootPath);
    const terminal = await Terminal.start(folder, [
      'env',
      `HOME=${world.directory}`,
      process.execPath,
      world.program,
      ...create,
    ]);
    terminals.push(terminal);
    await until('the long step', async () => (await world.host.root('pgrep -x sleep', { check: false })).code === 0);
    return {
      terminal,
      ended: async () => {
        await until('the end', async () => (await terminal.exitCode()) !== undefined);
        return { code: (await terminal.exitCode()) ?? -1, screen: await terminal.screen() };
      },
    };
  }

  it('says what it ends, and waits until it is taken back', async () => {
    const { terminal, ended } = await inTheMiddle();
    await terminal.type('C-c');
    const { code, screen } = await ended();
    expect(code).toBe(130);
    expect(screen).toContain("Cancelling 'Create agent ann' on VM 'box'…");
    expect(screen).toContain("Cancelled. Nothing of agent 'ann' is left.");
    expect(await difference(world, clean)).toEqual([]);
  });

  it('is what closing the terminal is, too: a create is taken back', async () => {
    const { terminal } = await inTheMiddle();
    await terminal.close();
    const rows = async (): Promise<unknown[]> => (await world.ok('agent', 'list')) as unknown[];
    await until('the end of the undo', async () => !JSON.stringify(await rows()).includes('"ann"'));
    expect(await difference(world, clean)).toEqual([]);
  });

  it.each([2, 3])(
    'pressed %i times ends at once, names what may be left, and the next command goes on',
    async (times) => {
      const { terminal, ended } = await inTheMiddle();
      await terminal.type('C-c');
      // Two signals at the very same moment are one to the kernel.
      await until('the first answer', async () => (await terminal.screen()).includes('Cancelling'));
      for (let i = 1; i < times; i++) await terminal.type('C-c');
      const { code, screen } = await ended();
      expect(code).toBe(130);
      expect(screen).toContain('Stopped at once:');
      expect(screen).toContain('Run the same command again');
      expect(await world.ok('agent', 'list')).toEqual(
        expect.arrayContaining([expect.objectContaining({ name: 'ann', status: 'creating' })]),
      );
      await world.ok('agent', 'delete', 'ann', '--yes');
      expect(await difference(world, clean)).toEqual([]);
    },
  );
});
