import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DoctorReport } from '../../src/core/doctor/model.ts';
import { runDoctor } from '../../src/core/doctor/service.ts';
import type { Engine } from '../../src/core/engine.ts';
import type { Vm } from '../../src/core/vm/model.ts';
import { insertVm } from '../../src/core/vm/rows.ts';
import { createNodeEngine } from '../../src/node/createEngine.ts';
import { silentAsk } from '../fakes/ask.ts';
import { testContext } from '../fakes/context.ts';

let home: string;
let engine: Engine;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'agentworks-doctor-'));
  engine = createNodeEngine({ ask: silentAsk, env: { HOME: home, PATH: process.env.PATH }, version: '0' });
});
afterEach(async () => {
  await engine.close();
  rmSync(home, { recursive: true, force: true });
});

async function doctor(
  options: { isFixing?: boolean } = {},
): Promise<{ report: DoctorReport; exitCode: number; text: string[] }> {
  const output = await runDoctor(engine, { isFixing: options.isFixing === true }, testContext());
  if (output.type !== 'record') throw new Error(output.type);
  const text = output.sections
    .flatMap((section) => ('lines' in section ? section.lines : []))
    .map((line) => (typeof line === 'string' ? line : line.text));
  return { report: output.data as DoctorReport, exitCode: output.exitCode ?? 0, text };
}

const checksOf = (report: DoctorReport, group: string) =>
  report.groups.find(({ name }) => name === group)?.checks ?? [];

// Root may write wherever the mode says no.
it.skipIf(process.getuid?.() === 0)('a home that cannot be written fails', async () => {
  chmodSync(home, 0o500);
  const { report } = await doctor();
  chmodSync(home, 0o700);
  expect(checksOf(report, 'Disk')[0]).toMatchObject({ name: 'Machines', status: 'fail' });
});

function configure(text: string): void {
  mkdirSync(engine.paths.home, { recursive: true });
  writeFileSync(engine.paths.config, text);
}

const vm = (name: string, patch: Partial<Vm>): Vm => ({
  id: createHash('sha256').update(name).digest('hex').slice(0, 12),
  name,
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
  ...patch,
});

describe('doctor', () => {
  it('looks at everything on an empty machine and writes nothing', async () => {
    const { report, exitCode, text } = await doctor();
    expect(report.groups.map(({ name }) => name)).toEqual([
      'Runtime',
      'Required tools',
      'VM platforms',
      'Configuration',
      'State',
      'SSH hosts',
      'Shell completions',
      'Disk',
    ]);
    expect(checksOf(report, 'Configuration')).toEqual([
      expect.objectContaining({ status: 'fail', hint: expect.stringContaining('config init') }),
    ]);
    expect(exitCode).toBe(1);
    const { ok, info, warn, fail } = report.counts;
    expect(text.at(-1)).toBe(`Results: ${ok} ok, ${info} info, ${warn} warn, ${fail} fail`);
    expect(text.some((line) => line.startsWith('[FAIL] File ('))).toBe(true);
    expect(readdirSync(home)).toEqual([]);
  });

  it('shows every problem of a configuration, and survives any', async () => {
    configure('[vm_templates.dev]\ncpus = "four"\nnonsense = 1\n[admin.config]\nshell = 3\n');
    const { report } = await doctor();
    const found = checksOf(report, 'Configuration').filter(({ status }) => status !== 'ok');
    expect(found.length).toBeGreaterThanOrEqual(3);
    expect(found.every(({ message }) => message === undefined || /config\.toml:\d+:\d+: |not set/.test(message))).toBe(
      true,
    );
    for (const text of [
      '\u0000',
      '= =',
      '[[vm_templates]]',
      'admin = 3',
      '[operator]\nssh_public_key = 7',
      '[git_credentials.x]\ntype = "none"',
    ]) {
      configure(text);
      await engine.close();
      engine = createNodeEngine({ ask: silentAsk, env: { HOME: home, PATH: process.env.PATH }, version: '0' });
      expect((await doctor()).report.groups).toHaveLength(8);
    }
  });

  it('knows keys that are missing', async () => {
    configure(`[operator]\nssh_public_key = "${home}/none.pub"\nssh_private_key = "${home}/none"\n`);
    const { report, exitCode } = await doctor();
    expect(checksOf(report, 'Configuration').filter(({ status }) => status === 'fail')).toHaveLength(2);
    expect(exitCode).toBe(1);
  });

  it('knows a private key that others can read, and puts its mode right', async () => {
    const key = join(home, 'key');
    writeFileSync(key, '-----BEGIN OPENSSH PRIVATE KEY-----\n');
    writeFileSync(
      `${key}.pub`,
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA me\n',
    );
    chmodSync(key, 0o644);
    configure(`[operator]\nssh_public_key = "${key}.pub"\nssh_private_key = "${key}"\n`);
    const { report } = await doctor();
    expect(checksOf(report, 'Configuration')).toContainEqual(
      expect.objectContaining({
        name: 'operator.ssh_private_key',
        status: 'warn',
        hint: expect.stringContaining('chmod 600'),
      }),
    );
    expect(statSync(key).mode & 0o777).toBe(0o644);
    await doctor({ isFixing: true });
    expect(statSync(key).mode & 0o777).toBe(0o600);
  });

  it('names VMs that are not whole', async () => {
    await engine.database.write((writer) => {
      insertVm(writer, vm('fine', {}));
      insertVm(writer, vm('gone', { provisioning: 'deleting' }));
      insertVm(writer, vm('half', { init: 'partial' }));
    });
    const { report } = await doctor();
    const state = checksOf(report, 'State');
    expect(state.map(({ name }) => name)).toEqual(expect.arrayContaining(['VM gone', 'VM half']));
    expect(state.some(({ name }) => name === 'VM fine')).toBe(false);
    expect(state.find(({ name }) => name === 'Content')?.message).toContain('3 VMs');
  });

  it('reports a damaged state file and goes on', async () => {
    mkdirSync(engine.paths.home, { recursive: true });
    writeFileSync(engine.paths.state, 'this is no database, but it is long enough to look like a file'.repeat(100));
    const { report } = await doctor();
    expect(checksOf(report, 'State')).toEqual([expect.objectContaining({ status: 'fail' })]);
    expect(checksOf(report, 'Disk').length).toBeGreaterThan(0);
  });

  it('finds completion scripts of another version and renews them when asked', async () => {
    const path = join(home, '.local/share/bash-completion/completions/agentworks');
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, '# agentworks-completion-version: 000000000000\n');
    expect(checksOf((await doctor()).report, 'Shell completions')).toEqual([
      expect.objectContaining({ status: 'warn' }),
    ]);
    expect(readFileSync(path, 'utf8')).toContain('000000000000');
    await doctor({ isFixing: true });
    expect(checksOf((await doctor()).report, 'Shell completions')).toEqual([
      expect.objectContaining({ name: 'bash', status: 'ok' }),
    ]);
    expect(existsSync(path)).toBe(true);
  });
});
