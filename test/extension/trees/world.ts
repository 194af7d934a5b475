import type { Agent, Grant } from '../../../src/core/agent/model.ts';
import type { ProbedPane, ProbedSession } from '../../../src/core/remote/probe.ts';
import type { Session } from '../../../src/core/session/model.ts';
import type { VmAnswer } from '../../../src/core/session/state.ts';
import type { Vm } from '../../../src/core/vm/model.ts';
import type { VmWorkspace, Workspace } from '../../../src/core/workspace/model.ts';
import { indexOf, nothingOnRecord, type OnRecord } from '../../../src/extension/trees/record.ts';
import { RowMaker } from '../../../src/extension/trees/rows.ts';
import type { FleetSource } from '../../../src/extension/trees/source.ts';
import { vm as anyVm } from '../../vm/fixtures.ts';

export const createdAt = '2026-01-01T00:00:00Z';
/** When the tests play, by the operator's clock. */
export const startedAt = Date.parse('2026-01-02T00:00:00Z');

export const vm = (name: string, patch: Partial<Vm> = {}): Vm => anyVm({ name, id: `id-${name}`, ...patch });

export const workspace = (name: string, vmName: string, patch: Partial<VmWorkspace> = {}): Workspace => ({
  type: 'vm',
  name,
  vmName,
  template: 'default',
  path: `/srv/workspaces/${name}`,
  status: 'ready',
  repo: undefined,
  createdAt,
  lastSeenAt: undefined,
  ...patch,
});

export const agent = (name: string, vmName: string, patch: Partial<Agent> = {}): Agent => ({
  name,
  vmName,
  linuxUser: `agt--${name}`,
  uid: 2001,
  template: 'default',
  grantAll: false,
  status: 'ready',
  createdAt,
  ...patch,
});

export const grant = (agentName: string, workspaceName: string): Grant => ({
  agentName,
  workspaceName,
  type: 'explicit',
  sessionName: undefined,
  status: 'active',
  createdAt,
});

export const session = (name: string, workspaceName: string, patch: Partial<Session> = {}): Session => ({
  name,
  workspaceName,
  template: 'claude',
  mode: 'agent',
  agentName: 'ada',
  account: 'agt--ada',
  socket: `/run/${name}.sock`,
  server: { pid: 10, startTime: '5', bootId: 'boot' },
  origin: 'own',
  createdWorkspace: false,
  status: 'ready',
  isStopAsked: false,
  lastAttachedAt: createdAt,
  createdAt,
  updatedAt: createdAt,
  ...patch,
});

export const pane = (patch: Partial<ProbedPane> = {}): ProbedPane => ({
  isDead: false,
  exitCode: undefined,
  diedAt: undefined,
  pid: 11,
  command: 'claude',
  activityAt: startedAt / 1000 - 1,
  attachedClients: 0,
  hasBell: false,
  ...patch,
});

/** What a machine answers: each session's pane, or `gone`. */
export const answer = (panes: Record<string, ProbedPane | 'gone'> = {}): VmAnswer => ({
  status: 'answered',
  sessions: new Map(
    Object.entries(panes).map(([name, one]): [string, ProbedSession] => [
      name,
      one === 'gone' ? { name, status: 'gone' } : { name, status: 'answered', panes: [one] },
    ]),
  ),
  bootId: 'boot',
  now: startedAt / 1000,
  unitEvents: [],
  machine: {
    uptimeSeconds: 3600,
    cpus: 4,
    load1: 0.5,
    memory: { totalBytes: 8 * 2 ** 30, usedBytes: 2 ** 30 },
    swap: { totalBytes: 0, usedBytes: 0 },
    disk: { totalBytes: 50 * 2 ** 30, usedBytes: 10 * 2 ** 30 },
  },
});

export const noAnswer = (reason = 'no answer within 10 s', code?: string): VmAnswer =>
  ({ status: 'unknown', reason, ...(code === undefined ? {} : { code }) }) as VmAnswer;

/** Two machines, three workspaces, two agents and three sessions. */
export const smallRecord: OnRecord = {
  vms: [vm('alpha'), vm('beta')],
  workspaces: [workspace('api', 'alpha'), workspace('shop', 'alpha'), workspace('site', 'beta')],
  agents: [agent('ada', 'alpha'), agent('bob', 'beta')],
  grants: [grant('ada', 'shop')],
  sessions: [
    session('fix-login', 'shop'),
    session('new-cart', 'shop'),
    session('rewrite', 'site', { agentName: 'bob', account: 'agt--bob' }),
  ],
  operations: [],
};

export interface Call {
  vm: string;
  sessions: string[];
}

/**
 * Record and machines that behave: what is written is read back and told to watchers, a machine answers what it was
 * given when it is let, and it is known how many questions each one had.
 */
export class FakeSource implements FleetSource {
  #record: OnRecord;
  #index = indexOf(nothingOnRecord);
  #isWritten = true;
  readonly #maker = new RowMaker();
  readonly #watchers = new Set<() => void>();
  readonly answers = new Map<string, VmAnswer>();
  readonly calls: Call[] = [];
  readonly gone = new Set<string>();
  reads = 0;
  /** Questions wait for it. */
  gate: Promise<void> | undefined;
  failure: Error | undefined;
  busy = new Map<string, number>();
  mostBusy = 0;

  constructor(record: OnRecord = smallRecord) {
    this.#record = record;
  }

  get record(): OnRecord {
    return this.#record;
  }

  get isWatched(): boolean {
    return this.#watchers.size > 0;
  }

  /** As another program would. */
  write(patch: Partial<OnRecord>): void {
    this.#record = { ...this.#record, ...patch };
    this.#isWritten = true;
    for (const watcher of this.#watchers) watcher();
  }

  patchSession(name: string, patch: Partial<Session>): void {
    this.write({ sessions: this.#record.sessions.map((one) => (one.name === name ? { ...one, ...patch } : one)) });
  }

  async read(before: typeof this.index | undefined): Promise<typeof this.index> {
    this.reads++;
    if (this.failure !== undefined) throw this.failure;
    if (before !== undefined && !this.#isWritten) return before;
    this.#isWritten = false;
    this.#index = indexOf(this.#record);
    return this.#index;
  }

  get index(): ReturnType<typeof indexOf> {
    return this.#index;
  }

  async ask(machine: Vm, sessions: readonly Session[], signal: AbortSignal) {
    this.calls.push({ vm: machine.name, sessions: sessions.map((one) => one.name) });
    const busy = (this.busy.get(machine.name) ?? 0) + 1;
    this.busy.set(machine.name, busy);
    this.mostBusy = Math.max(this.mostBusy, busy);
    await this.gate;
    this.busy.set(machine.name, busy - 1);
    signal.throwIfAborted();
    const given =
      this.answers.get(machine.name) ?? answer(Object.fromEntries(sessions.map((one) => [one.name, pane()])));
    return { answer: given, isGone: this.gone.has(machine.name) };
  }

  rows(...args: Parameters<RowMaker['make']>) {
    return this.#maker.make(...args);
  }

  watch(listener: () => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  /** Questions get no answer until it is called. */
  hold(): () => void {
    let release = (): void => undefined;
    this.gate = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  asked(name: string): number {
    return this.calls.filter((one) => one.vm === name).length;
  }
}
