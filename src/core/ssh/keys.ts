import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';
import type { Files } from '../ports/files.ts';

const keyTypes = new Set([
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
]);

export interface PublicKey {
  type: string;
  /** Base64 of the wire form. */
  blob: string;
  comment: string;
}

/** One line `type base64 [comment]`; a sentence when it is something else. The type inside the blob must agree. */
export function parsePublicKey(line: string): PublicKey | string {
  const [type = '', blob = '', ...rest] = line.trim().split(/\s+/);
  if (!keyTypes.has(type)) return 'is not a public SSH key of a known type';
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(blob)) return 'is not a public SSH key: its data is not base64';
  const bytes = Buffer.from(blob, 'base64');
  const length = bytes.length < 4 ? -1 : bytes.readUInt32BE(0);
  if (length < 0 || bytes.subarray(4, 4 + length).toString('latin1') !== type || bytes.length <= 4 + length) {
    return 'is a damaged public SSH key';
  }
  // A comment goes to `authorized_keys`, where a control character could begin another line.
  return { type, blob, comment: rest.join(' ').replace(/[^\x20-\x7e]/g, '?') };
}

const isPrivateKeyText = (text: string): boolean =>
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----|^PuTTY-User-Key-File/m.test(text);

const refuse = (path: string, reason: string, key: string): AppError =>
  new AppError('config', `The file ${path} ${reason}.`, { hint: `Name a public key (usually *.pub) in ${key}.` });

async function readPublicKeys(files: Files, path: string, key: string): Promise<PublicKey[]> {
  const text = await files.readText(path);
  if (text === undefined) throw refuse(path, 'does not exist', key);
  if (isPrivateKeyText(text)) throw refuse(path, 'is a private key and is not sent to any machine', key);
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  if (lines.length === 0) throw refuse(path, 'is empty', key);
  return lines.map((line) => {
    const parsed = parsePublicKey(line);
    if (typeof parsed === 'string') throw refuse(path, parsed, key);
    return parsed;
  });
}

/** Lines for `authorized_keys`: the operator's own key first, then the extra ones; each once, validated. */
export async function operatorKeys(engine: Pick<Engine, 'config' | 'files'>): Promise<string[]> {
  const { operator } = await engine.config.load();
  if (operator.sshPublicKey === undefined) {
    throw new AppError('config', 'No SSH public key is configured.', {
      hint: 'Set operator.ssh_public_key in config.toml; `ssh-keygen -t ed25519` makes a pair.',
    });
  }
  const keys = await readPublicKeys(engine.files, operator.sshPublicKey, 'operator.ssh_public_key');
  for (const path of operator.extraSshPublicKeys) {
    keys.push(...(await readPublicKeys(engine.files, path, 'operator.extra_ssh_public_keys')));
  }
  const byBlob = new Map(keys.reverse().map((key) => [key.blob, key]));
  return [...byBlob.values()].reverse().map(({ type, blob, comment }) => [type, blob, comment].join(' ').trim());
}

export type KeyPairCheck =
  | { status: 'ok' }
  /** Needs ssh-agent: the private key is protected by a passphrase. The pair could not be compared. */
  | { status: 'encrypted' }
  | { status: 'problem'; message: string; hint: string };

/** Whether the configured private key opens what the public key locks; reads two files, nothing else. */
export async function checkKeyPair(engine: Pick<Engine, 'config' | 'files'>): Promise<KeyPairCheck> {
  const { operator } = await engine.config.load();
  const [own] = await operatorKeys(engine);
  if (operator.sshPrivateKey === undefined) return { status: 'ok' };
  const hint = 'Set operator.ssh_private_key to the key that belongs to operator.ssh_public_key.';
  const text = await engine.files.readText(operator.sshPrivateKey);
  if (text === undefined) {
    return { status: 'problem', message: `The private key ${operator.sshPrivateKey} does not exist.`, hint };
  }
  const parsed = await parsePrivateKey(text);
  if (parsed.status === 'encrypted') return { status: 'encrypted' };
  if (parsed.status === 'unusable') {
    return { status: 'problem', message: `${operator.sshPrivateKey} is not a private key: ${parsed.reason}.`, hint };
  }
  if (own?.split(' ')[1] === parsed.publicBlob) return { status: 'ok' };
  return {
    status: 'problem',
    message: `${operator.sshPrivateKey} and ${operator.sshPublicKey} do not belong together.`,
    hint,
  };
}

export type ParsedPrivateKey =
  | { status: 'usable'; publicBlob: string }
  | { status: 'encrypted' }
  | { status: 'unusable'; reason: string };

/** What ssh2 makes of a private key's text. */
export async function parsePrivateKey(text: string): Promise<ParsedPrivateKey> {
  const { default: ssh2 } = await import('ssh2');
  const parsed = ssh2.utils.parseKey(text);
  if (parsed instanceof Error) {
    return /encrypted|passphrase/i.test(parsed.message)
      ? { status: 'encrypted' }
      : { status: 'unusable', reason: parsed.message };
  }
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined || !key.isPrivateKey()) return { status: 'unusable', reason: 'it holds no private key' };
  return { status: 'usable', publicBlob: key.getPublicSSH().toString('base64') };
}
