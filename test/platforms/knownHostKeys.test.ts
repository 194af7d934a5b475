import { createHmac, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { generateHostKey } from '../../src/core/platforms/qemu/hostKey.ts';
import { fingerprintOf, isSameKey } from '../../src/core/platforms/ssh/hostKeyScan.ts';
import { knownKeysIn } from '../../src/core/platforms/ssh/knownHostKeys.ts';

const key = generateHostKey('').publicKey;
const other = generateHostKey('').publicKey;

const hashed = (place: string): string => {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(place).digest('base64')}`;
};

test('plain, listed, hashed and pattern entries are found, by port', () => {
  const text = `# comment
one.invalid,192.0.2.1 ${key} me@here
[two.invalid]:2222 ${key}
${hashed('three.invalid')} ${key}
${hashed('[three.invalid]:2200')} ${other}
*.lab.invalid,!bad.lab.invalid ${key}
@revoked four.invalid ${key}
@cert-authority * ${other}
five.invalid nonsense
`;
  const known = (host: string, port = 22): string[] => knownKeysIn(text, host, port);
  expect(known('one.invalid')).toEqual([key]);
  expect(known('ONE.invalid')).toEqual([key]);
  expect(known('192.0.2.1')).toEqual([key]);
  expect(known('one.invalid', 2222)).toEqual([]);
  expect(known('two.invalid', 2222)).toEqual([key]);
  expect(known('two.invalid')).toEqual([]);
  expect(known('three.invalid')).toEqual([key]);
  expect(known('three.invalid', 2200)).toEqual([other]);
  expect(known('a.lab.invalid')).toEqual([key]);
  expect(known('bad.lab.invalid')).toEqual([]);
  expect(known('four.invalid')).toEqual([]);
  expect(known('five.invalid')).toEqual([]);
  expect(known('oneXinvalid')).toEqual([]);
});

test('a key is recognized by fingerprint or by itself', () => {
  const fingerprint = fingerprintOf(key);
  expect(fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/);
  for (const given of [fingerprint, fingerprint.slice(7), ` ${fingerprint}\n`, key, `${key} comment`]) {
    expect(isSameKey(given, key)).toBe(true);
    expect(isSameKey(given, other)).toBe(false);
  }
  expect(isSameKey('', key)).toBe(false);
});
