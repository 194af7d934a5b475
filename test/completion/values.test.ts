import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ValueSource } from '../../src/core/commands/command.ts';
import { valuesFrom } from '../../src/core/completion/values.ts';
import type { Engine } from '../../src/core/engine.ts';
import { insertVm } from '../../src/core/vm/rows.ts';
import type { Workspace } from '../../src/core/workspace/model.ts';
import { insertWorkspace } from '../../src/core/workspace/rows.ts';
import { createNodeEngine } from '../../src/node/createEngine.ts';
import { silentAsk } from '../fakes/ask.ts';

let home: string;
let engine: Engine;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'agentworks-values-'));
  engine = createNodeEngine({ ask: silentAsk, env: { HOME: home }, version: '0' });
});
afterEach(async () => {
  await engine.close();
  rmSync(home, { recursive: true, force: true });
});

const values = async (kind: Exclude<ValueSource['kind'], 'choices' | 'new'>, verb = 'vm.start'): Promise<string[]> =>
  (await valuesFrom(engine)({ kind }, verb)).map(({ value }) => value);

const workspace = {
  template: 'default',
  path: '/workspaces/x',
  status: 'ready',
  repo: undefined,
  createdAt: '2026-01-01T00:00:00Z',
  lastSeenAt: undefined,
} as const;

async function fill(): Promise<void> {
  await engine.database.write((writer) => {
    insertVm(writer, {
      id: '0123456789ab',
      name: 'dev',
      platform: 'qemu',
      origin: 'created',
      network: 'direct',
      template: 'default',
      adminUser: 'agentworks',
      provisioning: 'complete',
      init: 'complete',
      address: { host: '127.0.0.1', port: 22 },
      hostKeys: [],
      connectTimeoutMs: 1000,
      cpus: 1,
      memoryGib: 1,
      diskGib: 5,
      swapGib: 0,
      vmHost: undefined,
      platformData: {},
      createdAt: '2026-01-01T00:00:00Z',
      lastSeenAt: undefined,
    });
    const all: Workspace[] = [
      { ...workspace, name: 'app', type: 'vm', vmName: 'dev' },
      { ...workspace, name: 'notes', type: 'local', vmName: undefined, path: '/home/me/notes' },
    ];
    for (const one of all) insertWorkspace(writer, one);
  });
}

describe('names that completion offers', () => {
  it('are none where nothing is, and nothing is made', async () => {
    for (const kind of ['vm', 'workspace', 'agent', 'session', 'gitCredential', 'operation'] as const)
      expect(await values(kind)).toEqual([]);
    expect(await values('vmTemplate')).toEqual(['default']);
    expect(existsSync(join(home, '.config'))).toBe(false);
  });

  it('come from the state file', async () => {
    await fill();
    expect(await values('vm')).toEqual(['dev']);
    expect(await values('workspace', 'workspace.describe')).toEqual(['app', 'notes']);
  });

  it('leave out workspaces that a session cannot be in', async () => {
    await fill();
    expect(await values('workspace', 'session.create')).toEqual(['app']);
  });

  it('come from a configuration that would be refused', async () => {
    mkdirSync(engine.paths.home, { recursive: true });
    writeFileSync(
      engine.paths.config,
      '[vm_templates.big]\ncpus = "many"\n[session_templates.x.env]\nA = "1"\n[user_install_commands.mine]\n[git_credentials.gh\n',
    );
    expect(await values('vmTemplate')).toEqual(['default', 'big']);
    expect(await values('sessionTemplate')).toEqual(['default', 'x']);
    expect(await values('catalogEntry')).toEqual(expect.arrayContaining(['claude', 'mine']));
  });

  it('are none from a damaged state file, without a word', async () => {
    mkdirSync(engine.paths.home, { recursive: true });
    writeFileSync(engine.paths.state, 'not a database');
    expect(await values('vm')).toEqual([]);
  });
});
