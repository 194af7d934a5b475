import type * as vscode from 'vscode';
import { toAppError } from '../../core/errors.ts';
import { isReachable } from '../../core/vm/model.ts';
import { type Asked, afterAnswer, neverAsked } from './asked.ts';
import { changedVms } from './changedVms.ts';
import { coalesced } from './coalesced.ts';
import { type FleetState, noRows } from './model.ts';
import type { Index } from './record.ts';
import type { FleetSource } from './source.ts';

/** What is on record and, where a probe answered, what is true; the one source of trees, pickers, badge and tools. */
export interface Fleet {
  /** Fires when anything that is shown may have changed. */
  readonly onDidChange: vscode.Event<void>;
  /** What is known now; nothing is read for it. */
  readonly state: FleetState;
  /** Reads the record; asks the machines as well where `isProbed`. Calls at once share one run. Never throws. */
  refresh(options?: { isProbed?: boolean }): Promise<void>;
  /** Record and machines are looked at now and again until this is disposed of: somebody sees what is shown. */
  keepFresh(): { dispose(): void };
}

interface Options {
  /** Opened when something is first shown; another one after the operator chose another home. */
  source: () => Promise<FleetSource>;
  /** How often a machine that answers is asked. */
  intervalMs: () => number;
  onChange: () => void;
  onError: (error: unknown) => void;
  now?: () => number;
}

/** Answers that come at about the same time are shown together. */
const togetherMs = 50;

/** With very many rows showing them is work: four fifths of the time are left for everything else. */
const restFactor = 4;

type Asker = () => Promise<void>;

export class LiveFleet {
  readonly #options: Options;
  readonly #now: () => number;
  readonly #closing = new AbortController();
  readonly #asked = new Map<string, Asked>();
  readonly #askers = new Map<string, { id: string; ask: Asker; isBusy: boolean }>();
  readonly #watchers = new Set<object>();
  readonly #read: () => Promise<void>;
  #state: FleetState = { status: 'loading', rows: noRows };
  #source: FleetSource | undefined;
  #index: Index | undefined;
  #isChanged = false;
  /** What it took to show everything the last time. */
  #costMs = 0;
  #tick: NodeJS.Timeout | undefined;
  #publishing: NodeJS.Timeout | undefined;
  #unwatch: (() => void) | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#read = coalesced(async () => this.#readOnce());
  }

  get state(): FleetState {
    return this.#state;
  }

  async refresh({ isProbed = false }: { isProbed?: boolean } = {}): Promise<void> {
    await this.#read();
    if (!isProbed) return;
    await Promise.all(this.#askable().map(async (name) => this.#askerOf(name)?.ask()));
    this.#publish();
  }

  keepFresh(): { dispose(): void } {
    const watcher = {};
    this.#watchers.add(watcher);
    if (this.#watchers.size === 1) this.#begin();
    return {
      dispose: () => {
        if (this.#watchers.delete(watcher) && this.#watchers.size === 0) this.#pause();
      },
    };
  }

  dispose(): void {
    this.#watchers.clear();
    this.#pause();
    this.#closing.abort();
    clearTimeout(this.#publishing);
  }

  #begin(): void {
    void this.#look();
  }

  #pause(): void {
    clearTimeout(this.#tick);
    this.#tick = undefined;
    this.#unwatch?.();
    this.#unwatch = undefined;
  }

  /** One round: the record, then every machine that is due. The next one comes while somebody looks. */
  async #look(): Promise<void> {
    clearTimeout(this.#tick);
    await this.#read();
    if (this.#watchers.size === 0) return;
    const intervalMs = this.#options.intervalMs();
    // A round that comes a moment early would otherwise put a machine off to the next one.
    const soon = this.#now() + intervalMs / 2;
    for (const name of this.#askable()) {
      if ((this.#asked.get(name) ?? neverAsked).nextAt <= soon && this.#askers.get(name)?.isBusy !== true) {
        void this.#askerOf(name)?.ask();
      }
    }
    clearTimeout(this.#tick);
    this.#tick = setTimeout(() => void this.#look(), intervalMs);
  }

  async #readOnce(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    try {
      const source = await this.#options.source();
      this.#use(source);
      // First, so that nothing is written unseen between the two.
      if (this.#watchers.size > 0) this.#watch(source);
      const before = this.#index;
      const isChanged = this.#isChanged;
      this.#isChanged = false;
      const index = await source.read(isChanged ? undefined : before);
      this.#index = index;
      const isNews = index !== before;
      if (isNews) this.#forgetGone(index);
      if (isNews || this.#state.status === 'error') this.#publish();
      if (isNews && before !== undefined && this.#watchers.size > 0) this.#askChanged(before, index);
    } catch (error) {
      this.#options.onError(error);
      this.#state = { status: 'error', error: toAppError(error), rows: this.#state.rows };
      this.#options.onChange();
    }
  }

  #watch(source: FleetSource): void {
    this.#unwatch ??= source.watch(() => {
      this.#isChanged = true;
      void this.#read();
    });
  }

  #use(source: FleetSource): void {
    if (source === this.#source) return;
    this.#unwatch?.();
    this.#unwatch = undefined;
    this.#source = source;
    this.#index = undefined;
    this.#askers.clear();
    this.#asked.clear();
  }

  /** A machine of that name that is another one has said nothing yet. */
  #forgetGone(index: Index): void {
    for (const [name, { id }] of this.#askers) {
      if (index.vms.get(name)?.id === id) continue;
      this.#askers.delete(name);
      this.#asked.delete(name);
    }
  }

  /** What a verb changed on a machine is asked for at once, also of one that gave no answer lately. */
  #askChanged(before: Index, after: Index): void {
    const changed = new Set(changedVms(before, after));
    for (const name of this.#askable()) if (changed.has(name)) void this.#askerOf(name)?.ask();
  }

  #askable(): string[] {
    return (this.#index?.record.vms ?? []).filter(isReachable).map((vm) => vm.name);
  }

  #askerOf(name: string): { ask: Asker } | undefined {
    const known = this.#askers.get(name);
    if (known !== undefined) return known;
    const vm = this.#index?.vms.get(name);
    if (vm === undefined) return undefined;
    const asker = { id: vm.id, isBusy: false, ask: coalesced(async () => this.#askOnce(name, vm.id)) };
    this.#askers.set(name, asker);
    return asker;
  }

  async #askOnce(name: string, id: string): Promise<void> {
    const asker = this.#askers.get(name);
    const vm = this.#index?.vms.get(name);
    if (asker === undefined || vm?.id !== id || this.#source === undefined) return;
    asker.isBusy = true;
    try {
      const sessions = (this.#index?.sessionsOfVm.get(name) ?? []).filter((one) => one.status === 'ready');
      const { answer, isGone } = await this.#source.ask(vm, sessions, this.#closing.signal);
      if (this.#askers.get(name) !== asker) return;
      const given = { at: this.#now(), intervalMs: this.#options.intervalMs(), isGone };
      const names = sessions.map((one) => one.name);
      this.#asked.set(name, afterAnswer(this.#asked.get(name) ?? neverAsked, answer, { ...given, sessions: names }));
      const waitMs = Math.max(togetherMs, this.#costMs * restFactor);
      this.#publishing ??= setTimeout(() => this.#publish(), waitMs);
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#options.onError(error);
    } finally {
      asker.isBusy = false;
    }
  }

  #publish(): void {
    clearTimeout(this.#publishing);
    this.#publishing = undefined;
    if (this.#source === undefined || this.#index === undefined || this.#closing.signal.aborted) return;
    const begun = performance.now();
    const rows = this.#source.rows(this.#index, this.#asked);
    this.#state = { status: this.#status(), rows };
    this.#options.onChange();
    this.#costMs = performance.now() - begun;
  }

  #status(): 'ready' | 'empty' | 'unreachable' {
    const { vms = [], workspaces = [] } = this.#index?.record ?? {};
    if (vms.length === 0 && workspaces.length === 0) return 'empty';
    const askable = this.#askable();
    const isSilent = askable.length > 0 && askable.every((name) => this.#asked.get(name)?.failure !== undefined);
    return isSilent ? 'unreachable' : 'ready';
  }
}
