import type { Agent, Grant } from '../../src/core/agent/model.ts';
import type { Session } from '../../src/core/session/model.ts';
import type { Vm } from '../../src/core/vm/model.ts';
import type { VmWorkspace } from '../../src/core/workspace/model.ts';

export const at = '2026-01-02T03:04:05Z';

let ids = 0;

export const vm = (name: string, patch: Partial<Vm> = {}): Vm => ({
  id: (++ids).toString(16).padStart(12, '0'),
  name,
  platform: 'qemu',
  origin: 'created',
  network: 'direct',
  template: 'default',
  adminUser: 'agentworks',
  provisioning: 'complete',
  init: 'complete',
  address: { host: '127.0.0.1', port: 2222 },
  hostKeys: ['ssh-ed25519 AAAA'],
  connectTimeoutMs: 10_000,
  cpus: 2,
  memoryGib: 4,
  diskGib: 20,
  swapGib: undefined,
  vmHost: undefined,
  platformData: { pid: 1 },
  createdAt: at,
  lastSeenAt: undefined,
  ...patch,
});

export const workspace = (name: string, vmName: string, patch: Partial<VmWorkspace> = {}): VmWorkspace => ({
  name,
  type: 'vm',
  vmName,
  template: 'default',
  path: `/srv/${name}`,
  status: 'ready',
  repo: undefined,
  createdAt: at,
  lastSeenAt: undefined,
  ...patch,
});

export const agent = (name: string, vmName: string, patch: Partial<Agent> = {}): Agent => ({
  name,
  vmName,
  linuxUser: `agt--${name}`,
  uid: undefined,
  template: 'default',
  grantAll: false,
  status: 'ready',
  createdAt: at,
  ...patch,
});

export const grant = (agentName: string, workspaceName: string, patch: Partial<Grant> = {}): Grant => ({
  agentName,
  workspaceName,
  type: 'explicit',
  sessionName: undefined,
  status: 'active',
  createdAt: at,
  ...patch,
});

export const session = (name: string, workspaceName: string, patch: Partial<Session> = {}): Session => ({
  name,
  workspaceName,
  template: 'shell',
  mode: 'admin',
  agentName: undefined,
  account: `op--${workspaceName}`,
  socket: `/run/agentworks/${name}.sock`,
  server: undefined,
  origin: 'own',
  createdWorkspace: false,
  status: 'ready',
  isStopAsked: false,
  lastAttachedAt: undefined,
  createdAt: at,
  updatedAt: at,
  ...patch,
});
