import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { LiveFleet } from '../../../src/extension/trees/fleet.ts';
import type { Row } from '../../../src/extension/trees/model.ts';
import { answer, createdAt, FakeSource, noAnswer, pane, session, smallRecord, startedAt, vm } from './world.ts';

const intervalMs = 10_000;

function fleetOn(source: FakeSource) {
  const errors: unknown[] = [];
  const changes: string[] = [];
  const fleet = new LiveFleet({
    source: async () => source,
    intervalMs: () => intervalMs,
    onChange: () => void changes.push(fleet.state.status),
    onError: (error) => void errors.push(error),
  });
  const row = (id: string): Row | undefined =>
    Object.values(fleet.state.rows)
      .flat()
      .find((one) => one.id === id);
  return { fleet, errors, changes, row };
}

beforeEach(() => {
  vi.useFakeTimers({ now: startedAt });
});
afterEach(() => {
  vi.useRealTimers();
});

const settle = async (ms = 60): Promise<void> => {
  await vi.advanceTimersByTimeAsync(ms);
};

describe('the fleet', () => {
  it('reads and asks nothing before somebody looks', async () => {
    const source = new FakeSource();
    const { fleet } = fleetOn(source);
    await settle(60_000);
    expect({ reads: source.reads, calls: source.calls.length, status: fleet.state.status }).toEqual({
      reads: 0,
      calls: 0,
      status: 'loading',
    });
  });

  it('shows the record at once and the answers as they come', async () => {
    const source = new FakeSource();
    const resolve = source.hold();
    const { fleet, row } = fleetOn(source);
    fleet.keepFresh();
    await settle(1);
    expect(row('session:fix-login')?.view.detail).toBe('shop · ada');
    resolve();
    await settle();
    expect(row('session:fix-login')?.view.detail).toBe('shop · ada · running');
    expect(row('vm:alpha')?.view.detail).toBe('qemu · running');
  });

  it('asks each machine once a round, for all of its sessions', async () => {
    const source = new FakeSource();
    fleetOn(source).fleet.keepFresh();
    await settle(1);
    expect(source.calls).toEqual([
      { vm: 'alpha', sessions: ['fix-login', 'new-cart'] },
      { vm: 'beta', sessions: ['rewrite'] },
    ]);
    await settle(intervalMs * 3);
    expect(source.asked('alpha')).toBe(4);
  });

  it('stops when nobody looks any more, and goes on when somebody does', async () => {
    const source = new FakeSource();
    const { fleet } = fleetOn(source);
    const first = fleet.keepFresh();
    const second = fleet.keepFresh();
    await settle();
    first.dispose();
    first.dispose();
    await settle(intervalMs);
    expect(source.asked('alpha')).toBe(2);
    second.dispose();
    expect(source.isWatched).toBe(false);
    await settle(intervalMs * 10);
    expect(source.asked('alpha')).toBe(2);
    fleet.keepFresh();
    await settle();
    expect({ asked: source.asked('alpha'), isWatched: source.isWatched }).toEqual({ asked: 3, isWatched: true });
  });

  it('shows what another program wrote without waiting for the next round', async () => {
    const source = new FakeSource();
    const { fleet, row } = fleetOn(source);
    fleet.keepFresh();
    await settle();
    source.write({ sessions: [...smallRecord.sessions, session('made-in-a-terminal', 'shop')] });
    await settle(1);
    expect(row('session:made-in-a-terminal')).toBeDefined();
    await settle();
    expect(row('session:made-in-a-terminal')?.view.detail).toBe('shop · ada · running');
    expect({ alpha: source.asked('alpha'), beta: source.asked('beta') }).toEqual({ alpha: 2, beta: 1 });
  });

  it('never has two questions to one machine at a time', async () => {
    const source = new FakeSource();
    const resolve = source.hold();
    const { fleet } = fleetOn(source);
    fleet.keepFresh();
    await settle(1);
    for (const isStopAsked of [true, false, true]) {
      source.patchSession('fix-login', { isStopAsked });
      await settle(1);
    }
    const refreshed = [fleet.refresh({ isProbed: true }), fleet.refresh({ isProbed: true })];
    await settle(intervalMs * 2);
    expect(source.asked('alpha')).toBe(1);
    resolve();
    await settle();
    await Promise.all(refreshed);
    // One more, for all that came too late for the first.
    expect({ asked: source.asked('alpha'), mostBusy: source.mostBusy }).toEqual({ asked: 2, mostBusy: 1 });
  });

  it('lets a machine that hangs delay no other', async () => {
    const source = new FakeSource();
    const { fleet, row } = fleetOn(source);
    const asked = source.ask.bind(source);
    source.ask = async (machine, ...rest) =>
      machine.name === 'alpha' ? new Promise(() => undefined) : asked(machine, ...rest);
    fleet.keepFresh();
    await settle();
    expect(row('vm:beta')?.view.detail).toBe('qemu · running');
    expect(row('vm:alpha')?.view.detail).toBe('qemu · ready');
  });

  it('keeps the last known rows of a machine that gives no answer, greyed and with their age', async () => {
    const source = new FakeSource();
    const { fleet, row } = fleetOn(source);
    fleet.keepFresh();
    await settle();
    source.answers.set('alpha', noAnswer());
    await settle(intervalMs);
    const stale = { reason: 'no answer within 10 s', knownAt: startedAt, since: startedAt + intervalMs };
    expect(row('session:fix-login')).toMatchObject({
      view: { detail: 'shop · ada · running · no answer', tone: 'muted' },
      stale,
    });
    expect(row('agent:ada')?.view).toMatchObject({ detail: 'alpha · no answer', tone: 'muted' });
    expect(row('workspace:shop')?.stale).toMatchObject(stale);
    expect(row('vm:alpha')?.view).toMatchObject({ detail: 'qemu · no answer', icon: 'debug-disconnect' });
    expect(row('vm:beta')?.stale).toBeUndefined();
    expect(fleet.state.status).toBe('ready');
    source.answers.delete('alpha');
    await fleet.refresh({ isProbed: true });
    expect(row('session:fix-login')).toMatchObject({ view: { detail: 'shop · ada · running' }, stale: undefined });
  });

  it('asks a machine that gives no answer less and less often, but at once when it was changed or somebody wants it', async () => {
    const source = new FakeSource();
    source.answers.set('alpha', noAnswer());
    const { fleet } = fleetOn(source);
    fleet.keepFresh();
    await settle(10 * 60_000);
    const tries = source.asked('alpha');
    expect(tries).toBeGreaterThanOrEqual(5);
    expect(tries).toBeLessThanOrEqual(8);
    expect(source.asked('beta')).toBe(61);
    await fleet.refresh({ isProbed: true });
    expect(source.asked('alpha')).toBe(tries + 1);
    source.write({ vms: [vm('alpha', { address: { host: '10.0.0.9', port: 22 } }), vm('beta')] });
    await settle();
    expect(source.asked('alpha')).toBe(tries + 2);
  });

  it('is unreachable when no machine answers, and says which host key is another', async () => {
    const source = new FakeSource();
    source.answers.set('alpha', noAnswer('The host key changed.', 'host-key'));
    source.answers.set('beta', noAnswer());
    const { fleet, row } = fleetOn(source);
    fleet.keepFresh();
    await settle();
    expect(fleet.state.status).toBe('unreachable');
    expect(row('vm:alpha')?.view).toMatchObject({ detail: 'qemu · host key changed', icon: 'shield', tone: 'bad' });
    expect(row('session:fix-login')?.view.detail).toBe('shop · ada · unknown · host key changed');
  });

  it('asks no machine that cannot be asked, and forgets what a machine of the same name said', async () => {
    const source = new FakeSource({ ...smallRecord, vms: [vm('alpha'), vm('beta', { provisioning: 'failed' })] });
    const { fleet, row } = fleetOn(source);
    fleet.keepFresh();
    await settle();
    expect(source.asked('beta')).toBe(0);
    const resolve = source.hold();
    source.write({ vms: [vm('alpha', { id: 'another' }), vm('beta', { provisioning: 'failed' })] });
    await settle(1);
    expect(row('session:fix-login')?.view.detail).toBe('shop · ada');
    resolve();
    await settle();
    expect(row('session:fix-login')?.view.detail).toBe('shop · ada · running');
  });

  it('takes no late answer of a machine for that of another with its name', async () => {
    const source = new FakeSource();
    source.answers.set('alpha', answer({ 'fix-login': 'gone', 'new-cart': 'gone' }));
    const release = source.hold();
    const { fleet, row } = fleetOn(source);
    fleet.keepFresh();
    await settle(1);
    // The new one is silent.
    source.hold();
    source.write({ vms: [vm('alpha', { id: 'another' }), vm('beta')] });
    await settle(1);
    release();
    await settle();
    expect(row('session:fix-login')?.view.detail).toBe('shop · ada');
  });

  it('tells a stopped machine from one that is gone', async () => {
    const source = new FakeSource();
    source.answers.set('alpha', { status: 'stopped' });
    source.answers.set('beta', { status: 'stopped' });
    source.gone.add('beta');
    const { fleet, row } = fleetOn(source);
    fleet.keepFresh();
    await settle();
    expect([row('vm:alpha')?.view.detail, row('vm:beta')?.view.detail]).toEqual(['qemu · stopped', 'qemu · gone']);
    expect(row('vm:alpha')?.view.verbs).toContain('start');
  });

  it('says that the record cannot be read, keeps what was read, and goes on when it can', async () => {
    const source = new FakeSource();
    const { fleet, errors, row } = fleetOn(source);
    fleet.keepFresh();
    await settle();
    source.failure = new AppError('state', 'The state file is damaged.');
    source.write({});
    await settle(1);
    expect(fleet.state).toMatchObject({ status: 'error', error: { message: 'The state file is damaged.' } });
    expect(row('session:fix-login')).toBeDefined();
    expect(errors).toHaveLength(1);
    source.failure = undefined;
    await settle(intervalMs);
    expect(fleet.state.status).toBe('ready');
  });

  it('says what some program does with a thing, and its state when that is done', async () => {
    const source = new FakeSource();
    const { fleet, row } = fleetOn(source);
    fleet.keepFresh();
    await settle();
    const work = { id: '1', vm: 'alpha', operation: 'agent-reinit', title: 'Reinit agent ada', startedAt: createdAt };
    source.write({ operations: [{ ...work, subject: { kind: 'agent', name: 'ada' } }] });
    await settle(1);
    expect(row('agent:ada')?.view).toMatchObject({ detail: 'Reinit agent ada…', icon: 'loading', tone: 'normal' });
    expect(row('agent:ada')?.view.tags).toContain('busy');
    source.write({ operations: [{ ...work, title: 'Init' }] });
    await settle(1);
    expect(row('agent:ada')?.view.detail).toBe('alpha');
    expect(row('vm:alpha')?.view.detail).toBe('Init…');
    source.write({ operations: [] });
    await settle(1);
    expect(row('vm:alpha')?.view.detail).toBe('qemu · running');
  });

  it('forgets everything when the operator chose another home', async () => {
    let source = new FakeSource();
    const first = source;
    const fleet = new LiveFleet({
      source: async () => source,
      intervalMs: () => intervalMs,
      onChange: () => undefined,
      onError: (error) => expect.unreachable(String(error)),
    });
    fleet.keepFresh();
    await settle();
    source = new FakeSource({ ...smallRecord, sessions: [] });
    const release = source.hold();
    await fleet.refresh();
    expect(fleet.state.rows.session).toEqual([]);
    expect(fleet.state.rows.vm[0]?.view.detail).toBe('qemu · ready');
    expect({ first: first.isWatched, second: source.isWatched }).toEqual({ first: false, second: true });
    release();
    fleet.dispose();
  });

  it('is empty when nothing is on record', async () => {
    const { fleet } = fleetOn(
      new FakeSource({ vms: [], workspaces: [], agents: [], grants: [], sessions: [], operations: [] }),
    );
    await fleet.refresh();
    expect(fleet.state.status).toBe('empty');
  });

  it('rings no more once somebody attached', async () => {
    const source = new FakeSource();
    source.answers.set('alpha', answer({ 'fix-login': pane({ hasBell: true }), 'new-cart': pane() }));
    const { fleet, row } = fleetOn(source);
    fleet.keepFresh();
    await settle();
    expect(row('session:fix-login')?.look).toBe('bell');
    source.hold();
    source.patchSession('fix-login', { lastAttachedAt: new Date(startedAt + 2000).toISOString() });
    await settle();
    expect(row('session:fix-login')?.look).toBeUndefined();
  });

  it('reads an unchanged record no second time, and makes rows again only of what changed', async () => {
    const source = new FakeSource();
    const { fleet, row } = fleetOn(source);
    fleet.keepFresh();
    await settle();
    const before = { alpha: row('session:fix-login'), beta: row('session:rewrite') };
    source.answers.set('alpha', answer({ 'fix-login': 'gone', 'new-cart': pane() }));
    await vi.advanceTimersByTimeAsync(1);
    const asked = source.ask.bind(source);
    source.ask = async (machine, ...rest) =>
      machine.name === 'beta' ? new Promise(() => undefined) : asked(machine, ...rest);
    await settle(intervalMs);
    expect(row('session:rewrite')).toBe(before.beta);
    expect(row('session:fix-login')).not.toBe(before.alpha);
    expect(row('session:fix-login')?.view.detail).toBe('shop · ada · stopped · ended');
  });

  it('ends its timers and questions when it is disposed of', async () => {
    const source = new FakeSource();
    const { fleet } = fleetOn(source);
    fleet.keepFresh();
    await settle();
    fleet.dispose();
    expect(vi.getTimerCount()).toBe(0);
    expect(source.isWatched).toBe(false);
  });
});
