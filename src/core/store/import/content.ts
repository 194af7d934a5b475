import type { Agent, Grant } from '../../agent/model.ts';
import type { Session } from '../../session/model.ts';
import type { Vm } from '../../vm/model.ts';
import type { Workspace } from '../../workspace/model.ts';
import type { EventRecord } from '../events.ts';
import type { VmHost } from '../vmHosts.ts';
import { readAgents, readGrants } from './agents.ts';
import { readVmHosts, readVms, readWorkspaces } from './places.ts';
import { readSessions } from './sessions.ts';
import type { Source } from './source.ts';

/** VMs get their id when they are put in our state. */
export type FoundVm = Omit<Vm, 'id'>;

/** Everything a reference file holds, in our models. Each reference in it resolves within it. */
export interface ReferenceContent {
  vmHosts: VmHost[];
  vms: FoundVm[];
  workspaces: Workspace[];
  agents: Agent[];
  grants: Grant[];
  sessions: Session[];
  events: Omit<EventRecord, 'id'>[];
}

/** Tables of an interrupted upgrade; what is in them is also in the table they were to replace. */
const leftBehind: readonly string[] = ['agents_new', 'agent_workspace_grants_new', 'sessions_new'];

function noteLeftBehind(source: Source): void {
  const tables = [...leftBehind, ...(source.version < 17 ? ['sessions'] : ['tasks'])];
  for (const table of tables.filter((name) => source.has(name))) {
    const { length } = source.rows(table);
    if (length === 0)
      source.notes.push(`An upgrade of this file was interrupted; its empty table '${table}' is ignored.`);
    else
      source.leftOut.push(
        `Table '${table}' of an interrupted upgrade: ${length} row(s); the table it was to replace counts.`,
      );
  }
  const keys = source.rows('vm_git_host_keys').length;
  if (keys > 0) source.leftOut.push(`Table 'vm_git_host_keys': ${keys} row(s); nothing uses them since layout 5.`);
}

function readEvents(source: Source): ReferenceContent['events'] {
  return source
    .rows('vm_events')
    .toSorted((a, b) => Number(a.id) - Number(b.id))
    .flatMap((row) => {
      const name = source.text(row, 'vm_name');
      const event = source.text(row, 'event');
      if (name === undefined || event === undefined) {
        source.leftOut.push(`Event ${row.id}: it names no VM or says nothing.`);
        return [];
      }
      const at = source.time(row, 'created_at', `Event ${row.id}`);
      const detail = source.text(row, 'detail');
      return [{ at, kind: 'vm' as const, name, vm: name, event, detail }];
    });
}

export function readContent(source: Source): ReferenceContent {
  noteLeftBehind(source);
  const vmHosts = readVmHosts(source);
  const vms = readVms(source, vmHosts);
  const workspaces = readWorkspaces(source, vms);
  const { agents, byFormerUser, formerGrants } = readAgents(source, vms, workspaces);
  const grants = readGrants(source, agents, workspaces, formerGrants);
  const sessions = readSessions(source, { vms, workspaces, agents, byFormerUser });
  return { vmHosts, vms, workspaces, agents, grants, sessions, events: readEvents(source) };
}
