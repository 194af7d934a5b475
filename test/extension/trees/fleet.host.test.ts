import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { timestamp } from '../../../src/core/ports/clock.ts';
import { sh } from '../../../src/core/remote/quote.ts';
import { listSessions, updateSession } from '../../../src/core/session/rows.ts';
import { findVm, updateVm } from '../../../src/core/vm/rows.ts';
import type { Parts } from '../../../src/extension/parts.ts';
import { LiveFleet } from '../../../src/extension/trees/fleet.ts';
import { gitLines } from '../../../src/extension/trees/gitLines.ts';
import type { Row } from '../../../src/extension/trees/model.ts';
import { engineSource, type FleetSource } from '../../../src/extension/trees/source.ts';
import { tooltipText } from '../../../src/extension/trees/tooltip.ts';
import { createNodeEngine } from '../../../src/node/createEngine.ts';
import { silentAsk } from '../../fakes/ask.ts';
import { startWorld, until, type World } from '../../session/hostWorld.ts';

const config = `
[session_templates.s]
command = "sleep 1000"
`;

describe('the fleet over a real machine', () => {
  let world: World;
  const open: LiveFleet[] = [];
  beforeAll(async () => {
    world = await startWorld({ config });
    await world.run('session.create', { name: 'steady', workspace: 'shop', agent: 'a', template: 's' });
  });
  afterEach(() => {
    for (const fleet of open.splice(0)) fleet.dispose();
  });
  afterAll(async () => world?.close());

  /** With rounds so far apart that what is seen was not seen by waiting for the next one. */
  function fleetOf(intervalMs = 600_000) {
    const errors: unknown[] = [];
    const plain = engineSource(world.engine);
    let questions = 0;
    const source: FleetSource = {
      ...plain,
      ask: async (...args) => {
        questions++;
        return plain.ask(...args);
      },
    };
    const fleet = new LiveFleet({
      source: async () => source,
      intervalMs: () => intervalMs,
      onChange: () => undefined,
      onError: (error) => void errors.push(error),
    });
    open.push(fleet);
    const row = (id: string): Row | undefined =>
      Object.values(fleet.state.rows)
        .flat()
        .find((one) => one.id === id);
    return { fleet, row, errors, questions: () => questions };
  }

  /** Another command in the pane of a session. */
  async function respawn(name: string, command: string): Promise<void> {
    const session = (await world.engine.database.read((r) => listSessions(r))).find((one) => one.name === name);
    const { account = '', socket = '' } = session ?? {};
    await world.as(account, sh`tmux -S ${socket} respawn-pane -k -t ${`=${name}:`} ${command}`);
  }

  const running = async (row: (id: string) => Row | undefined): Promise<boolean> =>
    row('session:steady')?.view.tags.includes('running') ?? false;

  it('shows record and machine by one question over one connection', async () => {
    await world.engine.machines.drop((await world.engine.database.read((r) => findVm(r, 'box'))) ?? { id: '' });
    const before = await world.host.connections();
    const { fleet, row, errors, questions } = fleetOf();
    fleet.keepFresh();
    await until('the session runs', () => running(row));
    expect(row('vm:box')?.view.detail).toBe('ssh · running');
    expect(tooltipText(row('vm:box') as Row, Date.now())).toMatch(
      /Load [\d\\.]+ on \d+ processors?, memory .* of .*, disk/,
    );
    expect({ errors, questions: questions(), connections: (await world.host.connections()) - before }).toEqual({
      errors: [],
      questions: 1,
      connections: 1,
    });
  });

  it('shows what another program did, from the record at once and from the machine right after', async () => {
    const { fleet, row } = fleetOf();
    fleet.keepFresh();
    await until('the session runs', () => running(row));
    const home = world.engine.paths.home;
    const other = createNodeEngine({ ask: silentAsk, env: { ...process.env, AGENTWORKS_HOME: home }, version: '0' });
    try {
      const at = performance.now();
      await other.database.write((w) => updateSession(w, 'steady', { template: 'another' }));
      await until('the other template is shown', async () => row('session:steady')?.search.includes('another'));
      expect(performance.now() - at).toBeLessThan(5_000);
    } finally {
      await other.close();
    }
    await world.run('session.create', { name: 'brief', workspace: 'shop', agent: 'b', template: 's' });
    await until('the new one runs', async () => row('session:brief')?.view.tags.includes('running'));
    await world.run('session.stop', { name: 'brief', grace: 0 });
    await until('it is stopped', async () => row('session:brief')?.view.detail === 'shop · b · stopped');
    await world.run('session.delete', { name: 'brief', yes: true });
    await until('it is gone', async () => row('session:brief') === undefined);
  });

  it('finds out which sessions need a look: an error, a bell, and no more once somebody attached', async () => {
    const { fleet, row } = fleetOf(500);
    fleet.keepFresh();
    await world.run('session.create', { name: 'failing', workspace: 'shop', agent: 'b', template: 's' });
    await respawn('failing', 'exit 3');
    await until('it has failed', async () => row('session:failing')?.look === 'failed');
    expect(row('session:failing')?.view.detail).toBe('shop · b · exited (3) · failed');
    await respawn('steady', 'printf "\\a"; exec sleep 1000');
    await until('it rings', async () => row('session:steady')?.look === 'bell');
    const lastAttachedAt = timestamp(Date.now() + 60_000);
    fleet.dispose();
    const later = fleetOf();
    later.fleet.keepFresh();
    await until('it rings', async () => later.row('session:steady')?.look === 'bell');
    await world.engine.database.write((w) => updateSession(w, 'steady', { lastAttachedAt }));
    await until('it rings no more', async () => later.row('session:steady')?.look === undefined);
    await world.run('session.delete', { name: 'failing', yes: true });
  });

  it('says the Git state of a workspace to somebody who points at it', async () => {
    const path = '/opt/agentworks/workspaces/shop';
    await world.as('op--shop', sh`cd ${path} && git init -q -b trunk && touch new-file`);
    const { fleet, row } = fleetOf();
    fleet.keepFresh();
    await until('the session runs', () => running(row));
    const parts = { engine: async () => world.engine } as unknown as Parts;
    const signal = new AbortController().signal;
    expect(await gitLines(parts, row('workspace:shop') as Row, signal)).toEqual(['Git: trunk, 1 untracked file']);
  });

  it('keeps the last known rows while the machine hangs, asks on, and takes it up again', async () => {
    const { fleet, row } = fleetOf(1_000);
    fleet.keepFresh();
    await until('the session runs', () => running(row));
    await world.host.freeze();
    try {
      // The question has a deadline of its own.
      const end = Date.now() + 30_000;
      while (row('session:steady')?.stale === undefined && Date.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect(row('session:steady')?.stale?.reason).toContain('did not answer');
      expect(row('session:steady')?.view).toMatchObject({ tone: 'muted' });
      expect(row('session:steady')?.view.detail).toMatch(/running.* · no answer$/);
      expect(fleet.state.status).toBe('unreachable');
    } finally {
      await world.host.thaw();
    }
    await until('it answers again', async () => {
      await fleet.refresh({ isProbed: true });
      return row('session:steady')?.stale === undefined;
    });
    expect(fleet.state.status).toBe('ready');
  });

  it('sends nothing to a machine with another host key, and says so', async () => {
    const vm = await world.engine.database.read((r) => findVm(r, 'box'));
    if (vm === undefined) throw new Error('There is no VM.');
    const other = (await readFile(world.host.publicKeyPath, 'utf8')).split(' ').slice(0, 2).join(' ');
    await world.engine.machines.drop(vm);
    await world.engine.database.write((w) => updateVm(w, 'box', { hostKeys: [other] }));
    try {
      const { fleet, row } = fleetOf();
      fleet.keepFresh();
      await until('it is refused', async () => row('vm:box')?.stale?.code === 'host-key');
      expect(row('vm:box')?.view).toMatchObject({ detail: 'ssh · host key changed', tone: 'bad', icon: 'shield' });
    } finally {
      await world.engine.database.write((w) => updateVm(w, 'box', { hostKeys: vm.hostKeys }));
    }
  });
});
