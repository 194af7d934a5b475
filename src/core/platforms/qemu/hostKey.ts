import { generateKeyPairSync, randomBytes } from 'node:crypto';

export interface HostKeyPair {
  /** `ssh-ed25519 AAAA…`, without a comment. */
  publicKey: string;
  /** PEM-like text of OpenSSH's own format, unencrypted. */
  privateKey: string;
}

const field = (data: Buffer | string): Buffer => {
  const bytes = Buffer.from(data);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** A fresh ed25519 key, made before the machine is: so the first login already knows whom it talks to. */
export function generateHostKey(comment: string): HostKeyPair {
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const seed = Buffer.from(d, 'base64url');
  const point = Buffer.from(x, 'base64url');
  const blob = Buffer.concat([field('ssh-ed25519'), field(point)]);
  const check = randomBytes(4);
  const secret = Buffer.concat([
    ...[check, check, field('ssh-ed25519'), field(point)],
    ...[field(Buffer.concat([seed, point])), field(comment)],
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, i) => i + 1));
  const file = Buffer.concat([
    ...[Buffer.from('openssh-key-v1\0'), field('none'), field('none'), field(''), number(1)],
    ...[field(blob), field(Buffer.concat([secret, padding]))],
  ]);
  const lines = file.toString('base64').match(/.{1,70}/g) ?? [];
  return {
    publicKey: `ssh-ed25519 ${blob.toString('base64')}`,
    privateKey: ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n'),
  };
}
