import { addGrant, findAgent, insertAgent, listAgents, listGrants } from '../../agent/rows.ts';
import { randomId } from '../../names.ts';
import { findSession, insertSession } from '../../session/rows.ts';
import { findVm, insertVm, updateVm } from '../../vm/rows.ts';
import { findWorkspace, insertWorkspace } from '../../workspace/rows.ts';
import type { Writer } from '../database.ts';
import { addEvent, listEvents } from '../eventLog.ts';
import type { EventRecord } from '../events.ts';
import { insertVmHost, listVmHosts } from '../vmHosts.ts';
import type { ReferenceContent } from './content.ts';
import type { SeenNames } from './record.ts';
import type { ContentKind, ImportReport } from './report.ts';

type NamedKind = Exclude<ContentKind, 'grants' | 'events'>;

const labels: Record<NamedKind, string> = {
  vmHosts: 'VM host',
  vms: 'VM',
  workspaces: 'workspace',
  agents: 'agent',
  sessions: 'session',
};

const grantName = (grant: ReferenceContent['grants'][number]): string =>
  [grant.agentName, grant.workspaceName, grant.type, grant.sessionName ?? ''].join(' ');

export const namesIn = (content: ReferenceContent): SeenNames => ({
  vmHosts: content.vmHosts.map(({ name }) => name),
  vms: content.vms.map(({ name }) => name),
  workspaces: content.workspaces.map(({ name }) => name),
  agents: content.agents.map(({ name }) => name),
  sessions: content.sessions.map(({ name }) => name),
  grants: content.grants.map(grantName),
});

/** Facts that make two rows of one name the same thing; the rest may differ, since ours went on living. */
const differences = (ours: object, theirs: object, keys: readonly string[]): string[] =>
  keys.flatMap((key) => {
    const [here, there] = [(ours as Record<string, unknown>)[key], (theirs as Record<string, unknown>)[key]];
    return here === there ? [] : [`${key} is '${here ?? ''}' here and '${there ?? ''}' there`];
  });

/**
 * Adds what is not here yet. Rows of the same name are compared and never overwritten; rows that were taken over before
 * and are gone here stay gone.
 */
export class Merge {
  readonly #w: Writer;
  readonly #report: ImportReport;
  readonly #seen: SeenNames | undefined;

  constructor(w: Writer, report: ImportReport, seen: SeenNames | undefined) {
    this.#w = w;
    this.#report = report;
    this.#seen = seen;
  }

  run(content: ReferenceContent): void {
    const w = this.#w;
    const hosts = new Map(listVmHosts(w).map((host) => [host.name, host]));
    for (const host of content.vmHosts) {
      this.#one('vmHosts', host, hosts.get(host.name), ['sshHost', 'platform'], () => insertVmHost(w, host));
    }
    for (const vm of content.vms) {
      const ours = findVm(w, vm.name);
      const isSame = this.#one('vms', vm, ours, ['platform', 'adminUser', 'vmHost'], () =>
        insertVm(w, { ...vm, id: randomId() }),
      );
      if (isSame && ours !== undefined) this.#address(vm.name, ours, vm.address);
    }
    for (const workspace of content.workspaces) {
      this.#one('workspaces', workspace, findWorkspace(w, workspace.name), ['type', 'vmName', 'path'], () =>
        insertWorkspace(w, workspace),
      );
    }
    for (const agent of content.agents) {
      const owner = listAgents(w).find(({ linuxUser, name }) => linuxUser === agent.linuxUser && name !== agent.name);
      if (owner !== undefined) {
        this.#leaveOut(`Agent '${agent.name}': its Linux user '${agent.linuxUser}' belongs to '${owner.name}' here.`);
        continue;
      }
      this.#one('agents', agent, findAgent(w, agent.name), ['vmName', 'linuxUser'], () => insertAgent(w, agent));
    }
    for (const grant of content.grants) this.#grant(grant);
    for (const session of content.sessions) {
      this.#one('sessions', session, findSession(w, session.name), ['workspaceName', 'mode', 'agentName'], () =>
        insertSession(w, session),
      );
    }
    this.#events(content.events);
    this.#gone(content);
  }

  /** True when the row was here and is the same thing. */
  #one<T extends { name: string }>(
    kind: NamedKind,
    theirs: T,
    ours: object | undefined,
    identity: readonly (keyof T & string)[],
    add: () => void,
  ): boolean {
    const label = labels[kind];
    const title = label.charAt(0).toUpperCase() + label.slice(1);
    if (ours !== undefined) {
      const found = differences(ours, theirs, identity);
      if (found.length === 0) this.#report.present++;
      else this.#leaveOut(`${title} '${theirs.name}' exists here and is another one: ${found.join('; ')}.`);
      return found.length === 0;
    }
    if (this.#seen?.[kind].includes(theirs.name) === true) {
      this.#leaveOut(`${title} '${theirs.name}' was taken over before and deleted here since.`);
      return false;
    }
    const missing = this.#missingParent(theirs);
    if (missing !== undefined) {
      this.#leaveOut(`${title} '${theirs.name}': ${missing}.`);
      return false;
    }
    add();
    this.#report.taken[kind]++;
    return false;
  }

  /** What a row refers to may have been left out, or be another thing here. */
  #missingParent(row: object): string | undefined {
    const { vmName, workspaceName, agentName, vmHost } = row as Record<string, string | undefined>;
    if (vmHost !== undefined && !listVmHosts(this.#w).some(({ name }) => name === vmHost)) {
      return `its VM host '${vmHost}' is not here`;
    }
    if (vmName !== undefined && findVm(this.#w, vmName) === undefined) return `its VM '${vmName}' is not here`;
    const place = workspaceName === undefined ? undefined : findWorkspace(this.#w, workspaceName);
    if (workspaceName !== undefined && place === undefined) return `its workspace '${workspaceName}' is not here`;
    const agent = agentName === undefined ? undefined : findAgent(this.#w, agentName);
    if (agentName !== undefined && agent === undefined) return `its agent '${agentName}' is not here`;
    return undefined;
  }

  /** The reference may have given an imported machine another address since. */
  #address(
    name: string,
    ours: { origin: string; address: unknown },
    theirs: { host: string; port: number } | undefined,
  ) {
    if (theirs === undefined || JSON.stringify(ours.address) === JSON.stringify(theirs)) return;
    if (ours.origin !== 'imported') return;
    updateVm(this.#w, name, { address: theirs });
    this.#report.notes.push(`VM '${name}' has the address ${theirs.host} now.`);
  }

  #grant(grant: ReferenceContent['grants'][number]): void {
    const of = `Grant of '${grant.workspaceName}' to '${grant.agentName}'`;
    const agent = findAgent(this.#w, grant.agentName);
    const workspace = findWorkspace(this.#w, grant.workspaceName);
    const isHere = listGrants(this.#w, { agent: grant.agentName, workspace: grant.workspaceName }).some(
      (ours) => grantName(ours) === grantName(grant),
    );
    if (isHere) this.#report.present++;
    else if (this.#seen?.grants.includes(grantName(grant)) === true) {
      this.#leaveOut(`${of} was taken over before and taken away here since.`);
    } else if (agent === undefined || workspace === undefined) {
      this.#leaveOut(`${of}: the ${agent === undefined ? 'agent' : 'workspace'} is not here.`);
    } else {
      addGrant(this.#w, grant);
      this.#report.taken.grants++;
    }
  }

  /** The same entry may stand twice in a log, so entries are counted, not just looked up. */
  #events(events: ReferenceContent['events']): void {
    const key = (event: Omit<EventRecord, 'id'>): string =>
      JSON.stringify([event.at, event.name, event.event, event.detail?.replace(/\s*[\r\n]+\s*/g, ' ').trim()]);
    const here = new Map<string, number>();
    for (const event of listEvents(this.#w, { kind: 'vm' })) here.set(key(event), (here.get(key(event)) ?? 0) + 1);
    for (const event of events) {
      const count = here.get(key(event)) ?? 0;
      if (count > 0) {
        here.set(key(event), count - 1);
        continue;
      }
      addEvent(this.#w, event);
      this.#report.taken.events++;
    }
  }

  /** Rows that the other program deleted since: a fact to know, never a reason to delete here. */
  #gone(content: ReferenceContent): void {
    if (this.#seen === undefined) return;
    const now = namesIn(content);
    for (const kind of ['vms', 'workspaces', 'agents', 'sessions'] as const) {
      for (const name of this.#seen[kind]) {
        if (!now[kind].includes(name))
          this.#report.notes.push(`The ${labels[kind]} '${name}' is no longer in the file; it stays here.`);
      }
    }
  }

  #leaveOut(line: string): void {
    this.#report.leftOut.push(line);
  }
}
