import { listAgents, listGrants } from '../../agent/rows.ts';
import type { Session } from '../../session/model.ts';
import { listSessions } from '../../session/rows.ts';
import { plural } from '../../text.ts';
import type { Vm } from '../../vm/model.ts';
import { listVms } from '../../vm/rows.ts';
import { listWorkspaces } from '../../workspace/rows.ts';
import type { Reader } from '../database.ts';
import { listEvents } from '../eventLog.ts';
import type { ContentKind } from '../import/report.ts';
import { emptyCounts } from '../import/report.ts';
import { insert, stored } from '../sql.ts';
import type { MemoryDatabase } from '../sqlite.ts';
import { openMemory } from '../sqlite.ts';
import { listVmHosts } from '../vmHosts.ts';
import { schema21 } from './schema21.ts';

export interface ExportReport {
  written: Record<ContentKind, number>;
  /** What the reference's layout cannot say, one line each. */
  lost: string[];
}

const referencePlatforms = new Set(['lima', 'azure', 'wsl2', 'proxmox']);

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** Sizes are whole numbers there. */
const whole = (value: number | undefined): number | null => (value === undefined ? null : Math.round(value));

class Exporter {
  readonly #r: Reader;
  readonly #out: MemoryDatabase;
  readonly #report: ExportReport = { written: emptyCounts(), lost: [] };

  constructor(r: Reader, out: MemoryDatabase) {
    this.#r = r;
    this.#out = out;
  }

  run(): ExportReport {
    this.#out.script(schema21);
    for (let version = 1; version <= 21; version++) insert(this.#out, 'schema_version', { version });
    for (const host of listVmHosts(this.#r)) {
      this.#add('vmHosts', 'vm_hosts', {
        name: host.name,
        ssh_host: host.sshHost,
        platform: host.platform,
        os: stored(host.os),
        created_at: host.createdAt,
        last_seen_at: stored(host.lastSeenAt),
      });
    }
    const vms = listVms(this.#r);
    for (const vm of vms) this.#vm(vm);
    this.#workspaces();
    this.#agents();
    for (const session of listSessions(this.#r)) this.#session(session);
    this.#events(new Set(vms.map(({ name }) => name)));
    this.#general();
    return this.#report;
  }

  #add(kind: ContentKind, table: string, columns: Parameters<typeof insert>[2]): void {
    insert(this.#out, table, columns);
    this.#report.written[kind]++;
  }

  #vm(vm: Vm): void {
    const of = `VM '${vm.name}'`;
    const { lost } = this.#report;
    if (!referencePlatforms.has(vm.platform)) lost.push(`${of}: the reference has no platform '${vm.platform}'.`);
    if (vm.network === 'direct') lost.push(`${of}: the reference knows VMs on a tailnet only.`);
    if (vm.address !== undefined && vm.address.port !== 22) {
      lost.push(`${of}: the reference connects to port 22, not ${vm.address.port}.`);
    }
    if (vm.provisioning === 'deleting') lost.push(`${of}: it is being deleted; there it shows as failed.`);
    const data = vm.platformData;
    const packages = data.extraPackages;
    this.#add('vms', 'vms', {
      name: vm.name,
      platform: vm.platform,
      vm_host_name: stored(vm.vmHost),
      extra_packages: packages === undefined ? null : JSON.stringify(packages),
      init_status: vm.init,
      tailscale_host: stored(vm.address?.host),
      azure_resource_id: textOrNull(data.azureResourceId),
      wsl_distro_name: textOrNull(data.wslDistroName),
      created_at: vm.createdAt,
      last_seen_at: stored(vm.lastSeenAt),
      cpus: whole(vm.cpus),
      memory_gib: whole(vm.memoryGib),
      disk_gib: whole(vm.diskGib),
      admin_username: vm.adminUser,
      provisioning_status: vm.provisioning === 'deleting' ? 'failed' : vm.provisioning,
      swap_gib: whole(vm.swapGib),
      template: vm.template,
      proxmox_vmid: textOrNull(data.proxmoxVmid),
    });
  }

  #workspaces(): void {
    for (const workspace of listWorkspaces(this.#r)) {
      this.#unfinished(`Workspace '${workspace.name}'`, workspace.status);
      this.#add('workspaces', 'workspaces', {
        name: workspace.name,
        type: workspace.type,
        vm_name: stored(workspace.vmName),
        template: workspace.template,
        workspace_path: workspace.path,
        created_at: workspace.createdAt,
        last_seen_at: stored(workspace.lastSeenAt),
      });
    }
  }

  #agents(): void {
    for (const agent of listAgents(this.#r)) {
      this.#unfinished(`Agent '${agent.name}'`, agent.status);
      this.#add('agents', 'agents', {
        name: agent.name,
        vm_name: agent.vmName,
        linux_user: agent.linuxUser,
        template: agent.template,
        grant_all: stored(agent.grantAll),
        created_at: agent.createdAt,
      });
    }
    for (const grant of listGrants(this.#r)) {
      if (grant.status === 'revoking') {
        this.#report.lost.push(
          `Grant of '${grant.workspaceName}' to '${grant.agentName}' is being taken away and was not written.`,
        );
        continue;
      }
      this.#add('grants', 'agent_workspace_grants', {
        agent_name: grant.agentName,
        workspace_name: grant.workspaceName,
        grant_type: grant.type,
        session_name: stored(grant.sessionName),
        created_at: grant.createdAt,
      });
    }
  }

  #session(session: Session): void {
    const of = `Session '${session.name}'`;
    this.#unfinished(of, session.status);
    // The reference would look for our admin sessions on the admin's tmux server, or end that server by its pid.
    const isForeign = session.origin === 'own' && session.mode === 'admin';
    if (isForeign) {
      this.#report.lost.push(`${of} runs as '${session.account}' on a server of its own; there it shows as stopped.`);
    }
    const stoppedPid = session.isStopAsked || isForeign ? -1 : null;
    this.#add('sessions', 'sessions', {
      name: session.name,
      workspace_name: session.workspaceName,
      template: session.template,
      mode: session.mode,
      created_at: session.createdAt,
      updated_at: session.updatedAt,
      agent_name: stored(session.agentName),
      created_workspace: stored(session.createdWorkspace),
      socket_path: isForeign ? null : stored(session.socket),
      pid: isForeign ? stoppedPid : (session.server?.pid ?? stoppedPid),
      boot_id: isForeign ? null : stored(session.server?.bootId),
    });
  }

  #events(vms: ReadonlySet<string>): void {
    let left = 0;
    for (const event of listEvents(this.#r)) {
      if (event.kind !== 'vm' || !vms.has(event.name)) {
        left++;
        continue;
      }
      this.#add('events', 'vm_events', {
        vm_name: event.name,
        event: event.event,
        detail: stored(event.detail),
        created_at: event.at,
      });
    }
    if (left > 0) this.#report.lost.push(`${plural(left, 'event')} of deleted VMs, workspaces, agents and sessions.`);
  }

  #unfinished(of: string, status: string): void {
    if (status === 'creating') this.#report.lost.push(`${of} is not finished; there it shows as if it were.`);
    if (status === 'deleting') this.#report.lost.push(`${of} is being deleted; there it shows as if it were not.`);
  }

  #general(): void {
    const count = (table: string): number => Number(this.#r.get(`SELECT count(*) AS n FROM ${table}`)?.n);
    const applied = count('applied');
    if (applied > 0) this.#report.lost.push(`${plural(applied, 'record')} of what was applied to machines.`);
    const keys = Number(this.#r.get("SELECT count(*) AS n FROM vms WHERE host_keys <> '[]'")?.n);
    if (keys > 0) this.#report.lost.push(`The pinned host keys of ${plural(keys, 'VM')}.`);
  }
}

/** Our state as a file of the reference's layout 21. Changes nothing. */
export async function exportReference(
  read: <T>(query: (r: Reader) => T) => Promise<T>,
): Promise<{ bytes: Uint8Array; report: ExportReport }> {
  const out = await openMemory();
  try {
    const report = await read((r) => {
      out.script('BEGIN');
      const result = new Exporter(r, out).run();
      out.script('COMMIT');
      return result;
    });
    return { bytes: out.bytes(), report };
  } finally {
    out.close();
  }
}
