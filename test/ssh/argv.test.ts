import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { sshArgv } from '../../src/core/ssh/argv.ts';

it('lets nothing of the operator’s configuration go before the pinned key', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'agentworks-argv-'));
  try {
    const configFile = join(folder, 'config');
    await writeFile(
      configFile,
      'Host *\n  VerifyHostKeyDNS yes\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  UpdateHostKeys yes\n  ForwardAgent yes\n',
    );
    const place = { vm: 'box', host: 'box.invalid', port: 22, user: 'x', hostKeyAlias: 'awvm--1', identityFile: '' };
    const target = { ...place, connectTimeoutMs: 1000, hostKeys: [] };
    const argv = sshArgv(target, { knownHosts: join(folder, 'known') }, { configFile });
    const { stdout } = await promisify(execFile)('ssh', ['-G', ...argv]);
    const said = stdout.split('\n');
    expect(said).toContain('verifyhostkeydns false');
    expect(said).toContain('stricthostkeychecking true');
    expect(said).toContain(`userknownhostsfile ${join(folder, 'known')}`);
    expect(said).toContain('updatehostkeys false');
    expect(said).toContain('forwardagent no');
  } finally {
    await rm(folder, { recursive: true });
  }
});
