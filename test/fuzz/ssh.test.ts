import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchesGlob } from '../../src/core/glob.ts';
import { knownKeysIn } from '../../src/core/platforms/ssh/knownHostKeys.ts';
import { createEscapeFilter } from '../../src/core/ssh/escapeFilter.ts';
import { allowedCsi } from '../../src/core/ssh/escapeRules.ts';
import { parsePrivateKey, parsePublicKey } from '../../src/core/ssh/keys.ts';
import { renderKnownHosts } from '../../src/core/ssh/knownHosts.ts';
import { MuxReader, muxFrame } from '../../src/core/ssh/muxFrames.ts';
import { openSshError } from '../../src/core/ssh/openSshErrors.ts';
import { connectError } from '../../src/core/ssh/ssh2Errors.ts';
import { connectionLost } from '../../src/core/ssh/sshErrors.ts';
import { addBlock, addInclude, isIncluded, removeBlock, removeInclude } from '../../src/core/ssh/userConfig.ts';
import { keyPair } from '../config/load.ts';
import { soak } from '../soak.ts';
import { expectLinear, expectSentence, hostileText, mutated, orSentence, runs } from './harness.ts';

const { publicKey, privateKey } = keyPair();
const place = {
  configPath: '/home/operator/.ssh/config',
  ownPath: '/home/operator/.ssh/config.d/agentworks.conf',
  home: '/home/operator',
};
const target = {
  vm: 'dev',
  host: 'h',
  port: 22,
  user: 'u',
  identityFile: '',
  hostKeys: ['ssh-ed25519 AAAA'],
  hostKeyAlias: 'a',
  connectTimeoutMs: 10,
};

describe('a pattern', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '/', '.'), maxLength: 8 });
  it('means what it means as a regular expression', () => {
    fc.assert(
      fc.property(
        letters,
        letters.map((text) => text.replaceAll(/[*?]/g, 'a')),
        fc.constantFrom('', '/'),
        (pattern, text, separator) => {
          const one = separator === '' ? '[\\s\\S]' : '[^/]';
          const source = pattern.replaceAll('.', '\\.').replaceAll('*', `${one}*`).replaceAll('?', one);
          expect(matchesGlob(pattern, text, separator)).toBe(new RegExp(`^${source}$`).test(text));
        },
      ),
      runs(2000),
    );
  });
  it('of many stars does not take for ever', async () => {
    await expectLinear(
      (n) => `${'*a'.repeat(n / 2)}b`,
      (pattern) => matchesGlob(pattern, 'a'.repeat(200)),
      200_000,
    );
  });
});

describe("the operator's ssh_config", () => {
  const line = fc.oneof(
    hostileText(40),
    fc.constantFrom(
      'Host *',
      'Match all',
      'Include ~/.ssh/config',
      'Include config.d/*',
      'Include "a b" c',
      `Include ${place.ownPath}`,
      '  Include *',
      'Host "',
      'Match exec "x',
      '# --- Managed by agentworks. Do not edit below this line. ---',
      '# --- End of what agentworks manages. ---',
      'HostName x',
      '\tUser\u00a0y',
    ),
  );
  it('of any lines is read or explained, and taking our lines out gives it back', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 15 }), fc.constantFrom('\n', '\r\n'), async (lines, end) => {
        const text = lines.join(end);
        await orSentence(async () => isIncluded(text, place));
        await orSentence(() => removeBlock(text, place.configPath, () => true));
        const shown = 'config.d/own.conf';
        if (!text.includes(shown)) expect(removeInclude(addInclude(text, shown), shown)).toBe(text);
        if (!text.includes('managed by') && !text.includes('Managed by') && !text.includes('manages')) {
          expect(removeBlock(addBlock(text, 'Host x'), place.configPath, () => true).trimEnd()).toBe(text.trimEnd());
        }
      }),
      runs(300),
    );
  });

  it.each<[string, (n: number) => string]>([
    ['stars in an Include', (n) => `Include ${'*'.repeat(n)}x`],
    ['patterns in an Include', (n) => `Include ${'*a'.repeat(n / 2)}b`],
    ['Includes of itself', (n) => 'Include ~/.ssh/config\n'.repeat(n / 22)],
    ['words in a line', (n) => `Include ${'a '.repeat(n / 2)}`],
    ['quotes', (n) => `Include ${'"'.repeat(n)}`],
    ['blanks', (n) => `Include${' '.repeat(n)}x`],
    ['hosts', (n) => 'Host a\n  User b\n'.repeat(n / 16)],
    ['a long line', (n) => 'x'.repeat(n)],
    ['comments', (n) => '#\n'.repeat(n / 2)],
  ])('with many %s takes time in proportion to its size', { timeout: 120_000 }, async (_what, make) => {
    await expectLinear(make, async (text) => orSentence(async () => isIncluded(text, place)), soak(20_000, 200_000));
  });
});

describe('a byte order mark', () => {
  it('in front of our Include line stays when the line goes', () => {
    const text = '\ufeffHost x\n';
    expect(removeInclude(addInclude(text, 'own'), 'own')).toBe(text);
    expect(removeInclude(addInclude('\ufeff', 'own'), 'own')).toBe('\ufeff');
  });
});

describe('known hosts and keys', () => {
  it('of any lines give keys of known types, or nothing', () => {
    const line = fc.oneof(
      hostileText(60),
      fc.constantFrom(
        `* ${publicKey}`,
        `!h,* ${publicKey}`,
        `|1|x|y ${publicKey}`,
        '@revoked * x',
        `[h]:22 ${publicKey}`,
        `${'*h'.repeat(60)}x ${publicKey}`,
      ),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 10 }), hostileText(10), (lines, host) => {
        for (const key of knownKeysIn(lines.join('\n'), host, 22))
          expect(key).toMatch(/^[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}$/);
      }),
      runs(300),
    );
  });
  it('with many stars do not take for ever', async () => {
    await expectLinear(
      (n) => `${'*a'.repeat(n / 2)}b ${publicKey}`,
      (text) => knownKeysIn(text, 'a'.repeat(200), 22),
      200_000,
    );
  });

  it('are one line each, whatever a key file holds', async () => {
    const parts = fc.oneof(mutated([Buffer.from(publicKey)]).map(String), hostileText(60));
    fc.assert(
      fc.property(parts, (text) => {
        const key = parsePublicKey(text);
        if (typeof key === 'string') expect(key).toMatch(/^is /);
        else expect([key.type, key.blob, key.comment].join(' ')).toMatch(/^[\x20-\x7e]*$/);
        expect(renderKnownHosts([{ id: '0123456789ab', hostKeys: [text] }])).toMatch(
          /^(?:# [^\n]*\n[\x21-\x7e]+ [\x21-\x7e]+ [\x21-\x7e]+\n)?$/,
        );
      }),
      runs(300),
    );
    await fc.assert(
      fc.asyncProperty(mutated([Buffer.from(privateKey)]), async (bytes) => {
        expect(['usable', 'encrypted', 'unusable']).toContain((await parsePrivateKey(bytes.toString('latin1'))).status);
      }),
      runs(200),
    );
  });
});

describe('what ssh says went wrong', () => {
  it('is a sentence without control characters, whatever the server wrote', () => {
    const thrown = fc.record({
      message: hostileText(100),
      code: fc.oneof(hostileText(6), fc.constantFrom('ECONNREFUSED', 'constructor', '__proto__')),
      level: fc.constantFrom('client-authentication', 'client-timeout', 'handshake', 'toString', ''),
    });
    fc.assert(
      fc.property(thrown, ({ message, code, level }) => {
        const error = Object.assign(new Error(message), { code, level });
        expectSentence(connectError(target, error));
        expectSentence(connectionLost(target, error));
      }),
      runs(300),
    );
  });
});

describe('what OpenSSH says went wrong', () => {
  const said = fc.array(
    fc.oneof(
      hostileText(60),
      fc.constantFrom(
        'Permission denied (publickey).',
        'Host key verification failed.',
        'ssh: connect to host h port 22: Connection refused',
        'kex_exchange_identification: x',
        'Bad configuration option: \x1b[31m',
        'stdio forwarding failed',
        'SHA256:short',
        'a',
      ),
    ),
    { maxLength: 8 },
  );
  it('is a sentence of a bounded length, whatever the server or a banner wrote', () => {
    fc.assert(
      fc.property(said, fc.constantFrom(255, 1, 127, 0), (lines, code) => {
        const error = expectSentence(openSshError(target, code, lines.join('\n')));
        expect(error.message.length).toBeLessThan(600);
      }),
      runs(400),
    );
  });
  it.each(['\n', ' ', 'a\n', 'kex_exchange_identification\n', 'Permission denied\n'])(
    'takes time in proportion to many %j',
    async (part) => {
      await expectLinear(
        (n) => part.repeat(n / part.length),
        (text) => openSshError(target, 255, text),
        soak(20_000, 200_000),
      );
    },
  );

  it('comes in frames, which say the same however they are cut, or is refused', () => {
    const frame = fc
      .tuple(fc.constantFrom('O', 'E', 'A', 'X', 'N'), fc.nat(9), fc.uint8Array({ maxLength: 20 }))
      .map(([type, channel, bytes]) => muxFrame(type, channel, bytes));
    const read = (chunks: readonly Buffer[]): string => {
      const reader = new MuxReader();
      const frames: string[] = [];
      try {
        for (const chunk of chunks)
          for (const { type, channel, data } of reader.push(chunk))
            frames.push(`${type}${channel}:${data.toString('hex')}`);
      } catch (error) {
        expect(String(error)).toContain('The machine sent something else than frames.');
        frames.push('refused');
      }
      return frames.at(-1) === 'refused' ? 'refused' : frames.join(' ');
    };
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            frame,
            fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
          ),
          { maxLength: 6 },
        ),
        (parts) => {
          const bytes = Buffer.concat(parts);
          expect(read([...bytes].map((byte) => Buffer.from([byte])))).toBe(read([bytes]));
        },
      ),
      runs(300),
    );
  });
});

/** A reader of sequences as a terminal has one: finds what would be acted on. */
function sequencesIn(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes).toString('utf8');
  return [
    ...text.matchAll(/\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_k][^\x07\x1b]*(?:\x07|\x1b\\|$)|[ -/]*[0-~]|[\s\S]|$)/g),
  ].map(([match]) => match);
}

describe('the escape filter', () => {
  const forbidden = [
    '\x1b]52;c;QUJD\x07',
    '\x1b]633;A\x07',
    '\x1b]1337;File=:QQ==\x07',
    '\x1b]7;file:///\x07',
    '\x1b[21t',
    '\x1b[5i',
    '\x1bP+q\x1b\\',
    '\x1b_Gx\x1b\\',
    '\x1b[?1001h',
    '\x05',
    '\u009b21t',
    '\u009d52;c;QQ==\u009c',
    '\x1b[2h',
    '\x1bX\x1b\\',
  ];
  const piece = fc.oneof(
    fc
      .constantFrom(
        ...forbidden,
        '\x1b',
        '\x1b\x1b',
        '\x18',
        '\x1b[',
        '\x1b]',
        '\x1b[31m',
        '\x1b]0;t\x07',
        '\x1b]8;;http://x\x1b\\',
        'text',
        '\n',
        '\x1b[?1049h',
        '\xc2',
      )
      .map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
    hostileText(6).map((text) => Buffer.from(text)),
  );

  it('lets no forbidden sequence through, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        (pieces, sizes) => {
          const input = Buffer.concat(pieces);
          const filter = createEscapeFilter();
          const out: Buffer[] = [];
          for (let at = 0, i = 0; at < input.length; i++) {
            const size = sizes[i % sizes.length] ?? 1;
            out.push(Buffer.from(filter(input.subarray(at, at + size))));
            at += size;
          }
          const output = Buffer.concat(out);
          expect(output).toEqual(Buffer.from(createEscapeFilter()(input)));
          const text = output.toString('utf8');
          expect(text).not.toMatch(/[\x00-\x06\x10-\x1a\x1c-\x1f\x7f\u0080-\u009f]/);
          for (const sequence of sequencesIn(output)) {
            const csi = /^\x1b\[([<=>?]?)([0-?]*)([ -/]*)([@-~])$/.exec(sequence);
            if (csi !== null) {
              const [, prefix = '', parameters = '', intermediates = '', final = ''] = csi;
              expect(allowedCsi({ prefix, parameters, intermediates, final })).toBe(sequence);
            } else if (sequence.startsWith('\x1b]'))
              expect(sequence).toMatch(/^\x1b\](?:0|1|2|4|8|9|10|11|12|17|19|104|11[0-9])(?:;|\x1b|$)/);
            else expect(sequence).toMatch(/^\x1b(?:[^PX^_k[\]]|[()*+\-./#][\s\S])$/);
          }
        },
      ),
      runs(500),
    );
  });

  it('holds back little, and takes time in proportion', async () => {
    for (const part of ['\x1b]52;', '\x1b[', '\x1bP', 'x'.repeat(100), '\x1b[31m', '\xc2']) {
      await expectLinear(
        (n) => Buffer.from(part.repeat(n / part.length), 'latin1'),
        (bytes) => createEscapeFilter()(bytes),
        soak(200_000, 2_000_000),
      );
    }
  });
});

describe('OpenSSH', () => {
  it('reads our host entries as we meant them, whatever the operator wrote around them', (test) => {
    if (spawnSync('ssh', ['-V']).status !== 0) return test.skip('ssh is not installed');
    const folder = mkdtempSync(join(tmpdir(), 'agw-fuzz-ssh-'));
    try {
      const own = join(folder, 'own');
      writeFileSync(own, 'Host awvm--dev\n    HostName 192.0.2.1\n    Port 2222\n');
      writeFileSync(join(folder, 'config'), addInclude('Host *\n  Port 9\n\n\x1b[31m\n', own));
      const said = spawnSync('ssh', ['-F', join(folder, 'config'), '-G', 'awvm--dev'], { encoding: 'utf8' });
      // A broken line of the operator's stops ssh itself; ours must not be the cause.
      if (said.status === 0) expect(said.stdout).toContain('port 2222');
      else expect(said.stderr).not.toContain(own);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
