import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { vmTrustHostKey } from '../../src/core/commands/vm/trustHostKey.ts';
import type { Engine } from '../../src/core/engine.ts';
import { sh } from '../../src/core/remote/quote.ts';
import { attachTerminal } from '../../src/core/ssh/interactive.ts';
import type { Vm } from '../../src/core/vm/model.ts';
import { recordVm } from '../../src/core/vm/record.ts';
import { findVm } from '../../src/core/vm/rows.ts';
import { scriptedAsk } from '../fakes/ask.ts';
import { testContext } from '../fakes/context.ts';
import { hostEngine } from '../hosts/engine.ts';
import { run } from '../hosts/exec.ts';
import { startHost, type TestHost } from '../hosts/host.ts';

describe.each(['ssh2', 'openssh'])('a machine whose host key has changed, over %s', (transport) => {
  let host: TestHost;
  let engine: Engine;
  let fingerprint: string;
  const config = `ssh_transport = "${transport}"`;
  const rowOf = async (of: Engine): Promise<Vm> => {
    const vm = await of.database.read((reader) => findVm(reader, 'box'));
    if (vm === undefined) throw new Error('no VM');
    return vm;
  };
  const query = async (of: Engine): Promise<string> =>
    (await of.machines.query(await rowOf(of), sh`id -un`, { as: 'admin' }, testContext())).stdout;
  const verb = async (of: Engine, params: Record<string, string | boolean>) =>
    vmTrustHostKey.run(of, { name: 'box', ...params }, { ...testContext(), streams: undefined, isJson: false });
  const logins = async (): Promise<string> =>
    (await host.root('journalctl -u ssh --no-pager | grep -c Accepted', { check: false })).stdout;

  beforeAll(async () => {
    host = await startHost();
    engine = await hostEngine(host, { config });
    expect(await query(engine)).toBe('agentworks\n');
    await engine.machines.drop(await rowOf(engine));
    await host.root(
      'cd /etc/ssh; rm ssh_host_ed25519_key*; ssh-keygen -q -t ed25519 -N "" -f ssh_host_ed25519_key; systemctl restart ssh',
    );
    const path = join(host.rootPath, 'etc/ssh/ssh_host_ed25519_key.pub');
    fingerprint = (await run('ssh-keygen', ['-lf', path])).stdout.split(' ')[1] ?? '';
  });
  afterAll(async () => {
    await engine?.close();
    await host?.dispose();
  });

  it('is refused, and names the verb', async () => {
    await expect(query(engine)).rejects.toMatchObject({
      code: 'host-key',
      message: expect.stringContaining(fingerprint),
      hint: expect.stringContaining('vm trust-host-key box'),
    });
  });

  it('is refused to terminals too, with the same words after those of OpenSSH', async () => {
    const runInteractive: Engine['process']['runInteractive'] = async (program, args) =>
      (await run(program, args, { check: false })).code;
    const terminal = { ...engine, process: { ...engine.process, runInteractive } };
    await expect(attachTerminal(terminal, await rowOf(engine))).rejects.toMatchObject({
      code: 'host-key',
      hint: expect.stringContaining('vm trust-host-key box'),
    });
  });

  it('is shown by a dry run, which changes nothing', async () => {
    const output = await verb(engine, { dryRun: true });
    expect(output).toMatchObject({ data: { offered: fingerprint, status: 'would-change' } });
    expect((await rowOf(engine)).hostKeys).toEqual(host.hostKeys);
  });

  it('can be trusted while the VM is being deleted, which could not be finished otherwise', async () => {
    await recordVm(engine, 'box', { provisioning: 'deleting' });
    expect(await verb(engine, { dryRun: true })).toMatchObject({ data: { status: 'would-change' } });
    await recordVm(engine, 'box', { provisioning: 'complete' });
  });

  it('is not trusted by --yes, without an answer, by a no, or when the fingerprint is another one', async () => {
    const before = await logins();
    const willing = { ...engine, ask: scriptedAsk([true]) };
    await expect(verb(willing, { yes: true })).rejects.toMatchObject({ code: 'needs-input' });
    await expect(verb(engine, {})).rejects.toMatchObject({ code: 'needs-input' });
    const wrong = `SHA256:${'A'.repeat(43)}`;
    await expect(verb(engine, { hostKey: wrong, yes: true })).rejects.toMatchObject({ code: 'host-key' });
    const ask = scriptedAsk([false]);
    await expect(verb({ ...engine, ask }, {})).rejects.toMatchObject({ code: 'aborted' });
    expect((await rowOf(engine)).hostKeys).toEqual(host.hostKeys);
    expect(await logins()).toBe(before);
  });

  it('is trusted with the fingerprint that the operator expects, at once and by every program', async () => {
    expect(await verb(engine, { hostKey: fingerprint })).toMatchObject({ data: { status: 'changed' } });
    expect(await query(engine)).toBe('agentworks\n');
    expect(await readFile(engine.paths.knownHosts, 'utf8')).toContain((await rowOf(engine)).hostKeys[0]);
    expect(await verb(engine, { yes: true, hostKey: fingerprint })).toMatchObject({ data: { status: 'unchanged' } });
  });
});
