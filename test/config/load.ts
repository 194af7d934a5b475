import { generateKeyPairSync } from 'node:crypto';
import type { ConfigStore } from '../../src/core/config/load.ts';
import type { ConfigProblem } from '../../src/core/config/model.ts';
import { createConfigStore } from '../../src/core/config/store.ts';
import { memoryFiles } from './memoryFiles.ts';

export const configPath = '/home/operator/.config/agentworks/config.toml';

const block = (bytes: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** A public key file and the part of an OpenSSH private key file that carries it. */
export function keyPair(): { publicKey: string; privateKey: string } {
  const { publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const blob = Buffer.concat([block(Buffer.from('ssh-ed25519')), block(raw)]);
  const none = block(Buffer.from('none'));
  const body = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    none,
    none,
    block(Buffer.alloc(0)),
    Buffer.from([0, 0, 0, 1]),
    block(blob),
  ]);
  return {
    publicKey: `ssh-ed25519 ${blob.toString('base64')} operator@desk\n`,
    privateKey: `-----BEGIN OPENSSH PRIVATE KEY-----\n${body.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`,
  };
}

const { publicKey, privateKey } = keyPair();

/** What the fixtures find in the operator's home. */
export const homeFiles: Record<string, string> = {
  '/home/operator/.ssh/id_ed25519.pub': publicKey,
  '/home/operator/.ssh/id_ed25519': privateKey,
  '/home/operator/.ssh/laptop.pub': keyPair().publicKey,
};

/** A store over this text, in a home that has a key pair. */
export function storeOf(
  text: string,
  extra: Record<string, string> = {},
  modes: Record<string, number> = {},
): ConfigStore {
  const files = memoryFiles({ ...homeFiles, ...extra, [configPath]: text }, modes);
  return createConfigStore({ path: configPath, files, cwd: '/project' });
}

export const operatorSection = `[operator]
ssh_public_key = "~/.ssh/id_ed25519.pub"
ssh_private_key = "~/.ssh/id_ed25519"
`;

/** Problems of a text, errors and warnings unless `all`. Keys are given, so that each test speaks of its own subject. */
export async function problemsOf(text: string, all = false): Promise<ConfigProblem[]> {
  const { problems } = await storeOf(text.includes('[operator]') ? text : `${text}\n${operatorSection}`).check();
  return all ? problems : problems.filter((problem) => problem.severity !== 'info');
}

export const brief = (problems: readonly ConfigProblem[]): string[] =>
  problems.map((problem) => `${problem.severity} ${problem.code} ${problem.key ?? '-'}`);
