import { describe, expect, it } from 'vitest';
import type { SshTarget } from '../../src/core/ports/transport.ts';
import { openSshError } from '../../src/core/ssh/openSshErrors.ts';

const key = `ssh-ed25519 ${Buffer.from('\0\0\0\x0bssh-ed25519 and a key').toString('base64')}`;
const target: SshTarget = {
  ...{
    vm: 'box',
    host: 'box.invalid',
    port: 22,
    user: 'me',
    identityFile: '/k',
    hostKeys: [key],
    hostKeyAlias: 'agw-1',
  },
  connectTimeoutMs: 1000,
};
const changed = `@@@@@@@
@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
The fingerprint for the ED25519 key sent by the remote host is
SHA256:${'x'.repeat(43)}.
Please contact your system administrator.
Host key for agw-1 has changed and you have requested strict checking.
Host key verification failed.`;

describe('what OpenSSH says at its end', () => {
  it.each([
    ['auth', 'me@box.invalid: Permission denied (publickey).', /does not let 'me' in with the key \/k/],
    ['auth', 'Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures', /does not let/],
    ['host-key', changed, new RegExp(`it shows SHA256:${'x'.repeat(43)}, not SHA256:`)],
    [
      'host-key',
      'No RSA host key is known for agw-1 and you have requested strict checking.\nHost key verification failed.',
      /a key of another type/,
    ],
    [
      'host-key',
      'No ED25519 host key is known for bastion and you have requested strict checking.\nHost key verification failed.\nkex_exchange_identification: Connection closed by remote host',
      /another host, whose host key/,
    ],
    [
      'auth',
      'a@bastion: Permission denied (publickey).\nkex_exchange_identification: Connection closed by remote host',
      /another host, which does not let you in/,
    ],
    [
      'unreachable',
      'channel 0: open failed: connect failed: No route to host\nstdio forwarding failed\nkex_exchange_identification: x',
      /another host, and that did not work: channel 0/,
    ],
    ['unreachable', 'ssh: connect to host box.invalid port 22: Connection refused', /it refuses connections/],
    ['unreachable', 'ssh: Could not resolve hostname box.invalid: Name or service not known', /its name is not known/],
    [
      'unreachable',
      'kex_exchange_identification: Connection closed by remote host',
      /it closed the connection at once/,
    ],
    ['unreachable', 'something nobody has seen yet\x1b[31m', /OpenSSH said: something nobody has seen yet/],
    ['config', '/home/me/.ssh/config: line 3: Bad configuration option: colour', /cannot use its configuration/],
  ])('is the code %s: %s', (code, said, message) => {
    const error = openSshError(target, 255, said.replaceAll('\n', '\r\n'));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(error.hint).toBeTruthy();
    expect(`${error.message}${error.hint}`).not.toMatch(/[\x00-\x1f\x7f]/);
  });

  it('is no failure of the connection when our helper cannot run', () => {
    const error = openSshError(target, 127, '/bin/sh: 1: exec: perl: not found');
    expect(error).toMatchObject({ code: 'remote-failed', hint: expect.stringContaining('perl') });
  });
});
