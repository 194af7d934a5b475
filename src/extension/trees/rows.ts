import { agentView } from '../../core/agent/view.ts';
import type { PowerState } from '../../core/ports/platform.ts';
import type { Session } from '../../core/session/model.ts';
import { judge, type Observed } from '../../core/session/observe.ts';
import { lookSentences, sessionView } from '../../core/session/view.ts';
import type { ThingView } from '../../core/view.ts';
import type { Vm } from '../../core/vm/model.ts';
import { vmView } from '../../core/vm/view.ts';
import { workspaceView } from '../../core/workspace/view.ts';
import type { Thing, ThingKind } from '../thing.ts';
import { type Asked, neverAsked } from './asked.ts';
import { idOf, type Row, type Rows, type Stale } from './model.ts';
import type { Index } from './record.ts';

const none = [] as const;

const staleOf = ({ failure, known }: Asked): Stale | undefined =>
  failure === undefined
    ? undefined
    : { reason: failure.reason, code: failure.code, since: failure.since, knownAt: known?.at };

/** What does not pass by itself is said by name. */
const failureText = (stale: Stale): string =>
  stale.code === 'host-key' ? 'host key changed' : stale.code === 'auth' ? 'key not accepted' : 'no answer';

/** The last known row of a machine that gives no answer: greyed, and said to be so. */
const greyed = (view: ThingView, stale: Stale | undefined): ThingView =>
  stale === undefined
    ? view
    : {
        ...view,
        detail: `${view.detail} · ${failureText(stale)}`,
        tone: 'muted',
        tags: [...view.tags, 'stale'],
      };

/** The machine's own row says what is wrong with it. */
function unanswering(view: ThingView, vm: Vm, stale: Stale | undefined): ThingView {
  if (stale === undefined) return view;
  const isHostile = stale.code === 'host-key';
  return {
    ...view,
    detail: `${vm.platform} · ${failureText(stale)}`,
    icon: isHostile ? 'shield' : 'debug-disconnect',
    tone: isHostile ? 'bad' : 'muted',
    tags: [...view.tags, 'stale', 'unreachable', ...(stale.code === undefined ? [] : [stale.code])],
  };
}

function powerOf({ known, failure }: Asked): PowerState | undefined {
  if (failure !== undefined) return { status: 'unknown', reason: failure.reason };
  if (known === undefined) return undefined;
  if (known.answer.status === 'answered') return { status: 'running' };
  return { status: known.isGone ? 'absent' : 'stopped' };
}

/** What its machine last said of a session; undefined for one that it was not asked about. */
function observedOf(session: Session, vm: Vm, { known, failure }: Asked): Observed | undefined {
  if (known?.sessions.has(session.name)) {
    const observed = judge(session, vm, known.answer, known.at / 1000);
    // Whoever attached since then has seen it.
    const isSeen = session.lastAttachedAt !== undefined && Date.parse(session.lastAttachedAt) > known.at;
    return isSeen ? { ...observed, look: undefined } : observed;
  }
  if (failure === undefined) return undefined;
  return judge(session, vm, { status: 'unknown', reason: failure.reason }, failure.since / 1000);
}

interface Parts {
  view: ThingView;
  vm?: string | undefined;
  workspace?: string | undefined;
  agent?: string | undefined;
  template: string;
  asked?: Asked | undefined;
  observed?: Observed | undefined;
  session?: Session;
}

function row(thing: Thing, { view, vm, workspace, agent, template, asked, observed, session }: Parts): Row {
  const answer = asked?.known?.answer;
  const look = observed?.look;
  const state = observed?.state;
  const { server, createdAt, lastAttachedAt } = session ?? {};
  return {
    kind: thing.kind,
    name: thing.name,
    id: idOf(thing),
    view,
    vm,
    workspace,
    agent,
    look,
    lookText: look === undefined ? undefined : lookSentences[look],
    lookMark: look === undefined ? undefined : [createdAt, server?.bootId, server?.pid, lastAttachedAt, look].join(' '),
    isAttached: state?.status === 'running' && state.attachedClients > 0,
    stale: asked === undefined ? undefined : staleOf(asked),
    askedAt: asked?.known?.at,
    machine: thing.kind === 'vm' && answer?.status === 'answered' ? answer.machine : undefined,
    search: [view.label, view.detail, vm, workspace, agent, template, ...view.tags].join('\n').toLowerCase(),
    print: printOf(view),
  };
}

const printOf = (view: ThingView): string =>
  [view.label, view.detail, view.icon, view.tone, view.tags, view.verbs].join('\n');

/** Some program does something with it: that is said instead of a state which is about to change. */
function atWork(made: Row, work: string | undefined): Row {
  if (work === undefined) return made;
  const view: ThingView = {
    ...made.view,
    detail: `${work}…`,
    icon: 'loading',
    tone: 'normal',
    tags: [...made.view.tags, 'busy'],
  };
  return { ...made, view, print: printOf(view) };
}

interface Made {
  from: readonly unknown[];
  row: Row;
}

/**
 * Rows of all that is on record. What they are made of is remembered, so that an answer of one machine makes rows of
 * that machine only; a row that would be the same is the same object.
 */
export class RowMaker {
  #made: ReadonlyMap<string, Made> = new Map();

  make(index: Index, asked: ReadonlyMap<string, Asked>): Rows {
    const made = new Map<string, Made>();
    const keep = (kind: ThingKind, name: string, from: readonly unknown[], build: (thing: Thing) => Row): Row => {
      const id = idOf({ kind, name });
      const work = index.workOn.get(id);
      const all = [...from, work];
      const old = this.#made.get(id);
      const isSame = old?.from.length === all.length && old.from.every((one, i) => one === all[i]);
      const entry = isSame ? old : { from: all, row: atWork(build({ kind, name }), work) };
      made.set(id, entry);
      return entry.row;
    };
    const askedOf = (vm: string | undefined): Asked => (vm === undefined ? undefined : asked.get(vm)) ?? neverAsked;
    const { record } = index;
    const rows: Rows = {
      vm: record.vms.map((vm) => {
        const counts = {
          workspaces: index.workspacesOfVm.get(vm.name)?.length ?? 0,
          agents: index.agentsOfVm.get(vm.name)?.length ?? 0,
          sessions: index.sessionsOfVm.get(vm.name)?.length ?? 0,
        };
        const own = askedOf(vm.name);
        return keep('vm', vm.name, [vm, own, ...Object.values(counts)], (thing) => {
          const view = unanswering(vmView(vm, powerOf(own), counts), vm, staleOf(own));
          return row(thing, { view, vm: vm.name, template: vm.template, asked: own });
        });
      }),
      workspace: record.workspaces.map((workspace) => {
        const sessions = index.sessionsOfWorkspace.get(workspace.name) ?? none;
        const { vmName: vm, template } = workspace;
        const own = askedOf(vm);
        return keep('workspace', workspace.name, [workspace, own, sessions], (thing) => {
          const view = greyed(workspaceView(workspace, sessions), staleOf(own));
          return row(thing, { view, vm, workspace: workspace.name, template, asked: own });
        });
      }),
      agent: record.agents.map((agent) => {
        const sessions = index.sessionsOfAgent.get(agent.name) ?? none;
        const grants = index.grantsOfAgent.get(agent.name) ?? none;
        const { vmName: vm, template } = agent;
        const own = askedOf(vm);
        return keep('agent', agent.name, [agent, own, sessions, grants], (thing) => {
          const view = greyed(agentView(agent, grants, sessions), staleOf(own));
          return row(thing, { view, vm, agent: agent.name, template, asked: own });
        });
      }),
      session: record.sessions.map((session) => {
        const vmName = index.vmOfWorkspace.get(session.workspaceName);
        const vm = vmName === undefined ? undefined : index.vms.get(vmName);
        const own = askedOf(vmName);
        return keep('session', session.name, [session, own, vm], (thing) => {
          const observed = vm === undefined || session.status !== 'ready' ? undefined : observedOf(session, vm, own);
          const view = greyed(sessionView(session, vmName ?? '?', observed), staleOf(own));
          const { workspaceName: workspace, agentName: agent, template } = session;
          return row(thing, { view, vm: vmName, workspace, agent, template, asked: own, observed, session });
        });
      }),
    };
    this.#made = made;
    return rows;
  }
}
