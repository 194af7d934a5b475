import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { matchesGlob } from '../../glob.ts';
import type { Files } from '../../ports/files.ts';
import { parsePublicKey } from '../../ssh/keys.ts';

/** How OpenSSH writes the place in its files. */
const placeOf = (host: string, port: number): string => (port === 22 ? host : `[${host}]:${port}`).toLowerCase();

function patternMatches(pattern: string, place: string): boolean {
  const hashed = /^\|1\|([^|]+)\|(.+)$/.exec(pattern);
  if (hashed?.[1] !== undefined) {
    return createHmac('sha1', Buffer.from(hashed[1], 'base64')).update(place).digest('base64') === hashed[2];
  }
  return matchesGlob(pattern.toLowerCase(), place);
}

function listMatches(list: string, place: string): boolean {
  const patterns = list.split(',');
  if (patterns.some((pattern) => pattern.startsWith('!') && patternMatches(pattern.slice(1), place))) return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && patternMatches(pattern, place));
}

/** Keys that the text of a known-hosts file has for a place; revoked ones and authorities are left out. */
export function knownKeysIn(text: string, host: string, port: number): string[] {
  const place = placeOf(host, port);
  return text.split(/\r?\n/).flatMap((line) => {
    const [list, ...rest] = line.trim().split(/\s+/);
    if (list === undefined || list === '' || /^[#@]/.test(list) || !listMatches(list, place)) return [];
    const key = parsePublicKey(rest.join(' '));
    return typeof key === 'string' ? [] : [`${key.type} ${key.blob}`];
  });
}

/** What the operator's own OpenSSH already trusts there. Read only. */
export async function operatorKnownKeys(files: Files, host: string, port: number): Promise<string[]> {
  const paths = [
    ...['known_hosts', 'known_hosts2'].map((name) => join(files.home, '.ssh', name)),
    '/etc/ssh/ssh_known_hosts',
  ];
  const texts = await Promise.all(paths.map(async (path) => files.readText(path)));
  return [...new Set(texts.flatMap((text) => knownKeysIn(text ?? '', host, port)))];
}
