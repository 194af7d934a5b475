import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { AnyAuthMethod, BaseAgent, ParsedKey, PublicKeyEntry } from 'ssh2';
import { AppError, errnoOf } from '../errors.ts';
import type { SshTarget } from '../ports/transport.ts';
import { parsePrivateKey, parsePublicKey } from './keys.ts';

export interface AuthEnvironment {
  /** Socket of ssh-agent, or undefined. */
  agentSocket: string | undefined;
  home: string;
}

/** OpenSSH's agent on Windows listens on a pipe of this name; elsewhere the variable says. */
export function authEnvironment(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): AuthEnvironment {
  const pipe = platform === 'win32' ? '\\\\.\\pipe\\openssh-ssh-agent' : undefined;
  return { agentSocket: env.SSH_AUTH_SOCK || pipe, home: env.HOME ?? env.USERPROFILE ?? homedir() };
}

const authError = (message: string, hint: string, cause?: unknown): AppError =>
  new AppError('auth', message, { hint, ...(cause === undefined ? {} : { cause }) });

const readKey = async (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw authError(`The private key ${path} cannot be read.`, 'Check its owner and mode.', error);
  });

/**
 * What to offer the server, in order. With an identity file only that key is offered (by ssh-agent when the file is
 * protected by a passphrase): a server cuts off clients that try many keys. Without one, ssh-agent and then
 * OpenSSH's default files. Throws `auth` when there is nothing to offer.
 */
export async function authMethods(target: SshTarget, environment: AuthEnvironment): Promise<AnyAuthMethod[]> {
  return target.identityFile === '' ? anyKey(target, environment) : oneKey(target, environment);
}

async function oneKey(target: SshTarget, environment: AuthEnvironment): Promise<AnyAuthMethod[]> {
  const path = target.identityFile;
  const text = await readKey(path);
  if (text === undefined) {
    throw authError(`The private key ${path} does not exist.`, 'Set operator.ssh_private_key in config.toml.');
  }
  const parsed = await parsePrivateKey(text);
  if (parsed.status === 'usable') return [{ type: 'publickey', username: target.user, key: text }];
  const reason =
    parsed.status === 'encrypted'
      ? `The private key ${path} is protected by a passphrase`
      : `The private key ${path} cannot be used (${parsed.reason})`;
  const hint = `Load it into ssh-agent: ssh-add ${path}`;
  if (environment.agentSocket === undefined) throw authError(`${reason}, and no ssh-agent is running.`, hint);
  const agent = await openAgent(environment.agentSocket);
  const held = await identities(agent).catch((error: unknown) => {
    throw authError(`${reason}, and ssh-agent does not answer.`, hint, error);
  });
  const publicText = await readKey(`${path}.pub`);
  const own = publicText === undefined ? undefined : parsePublicKey(publicText);
  const blob = own === undefined || typeof own === 'string' ? undefined : own.blob;
  const isHeld = blob === undefined ? held.length > 0 : held.includes(blob);
  if (!isHeld) throw authError(`${reason}, and ssh-agent does not hold it.`, hint);
  return [{ type: 'agent', username: target.user, agent: blob === undefined ? agent : onlyKey(agent, blob) }];
}

async function anyKey(target: SshTarget, environment: AuthEnvironment): Promise<AnyAuthMethod[]> {
  const methods: AnyAuthMethod[] = [];
  if (environment.agentSocket !== undefined) {
    const agent = await openAgent(environment.agentSocket);
    const held = await identities(agent).catch(() => []);
    if (held.length > 0) methods.push({ type: 'agent', username: target.user, agent });
  }
  for (const name of ['id_ed25519', 'id_ecdsa', 'id_rsa']) {
    const text = await readKey(join(environment.home, '.ssh', name)).catch(() => undefined);
    if (text !== undefined && (await parsePrivateKey(text)).status === 'usable') {
      methods.push({ type: 'publickey', username: target.user, key: text });
    }
  }
  if (methods.length > 0) return methods;
  throw authError(
    'There is no SSH key to log in with.',
    'Set operator.ssh_private_key in config.toml, or load a key into ssh-agent.',
  );
}

type Agent = BaseAgent<string | Buffer | ParsedKey>;

async function openAgent(socket: string): Promise<Agent> {
  const { default: ssh2 } = await import('ssh2');
  return ssh2.createAgent(socket) as Agent;
}

type AnyKey = string | Buffer | ParsedKey | PublicKeyEntry | PublicKeyEntry['pubKey'];

const blobOf = (key: AnyKey): string => {
  if (typeof key === 'string') return key;
  if (Buffer.isBuffer(key)) return key.toString('base64');
  return 'getPublicSSH' in key ? key.getPublicSSH().toString('base64') : blobOf(key.pubKey);
};

/** Public keys that the agent holds, base64. */
const identities = (agent: Agent): Promise<string[]> =>
  new Promise((resolve, reject) => {
    agent.getIdentities((error, keys) => {
      if (error) reject(error);
      else resolve((keys ?? []).map(blobOf));
    });
  });

/** The same agent, offering one key. */
function onlyKey(agent: Agent, blob: string): Agent {
  const all = agent.getIdentities.bind(agent);
  agent.getIdentities = (callback) => {
    all((error, keys) =>
      callback(
        error,
        (keys ?? []).filter((key) => blobOf(key) === blob),
      ),
    );
  };
  return agent;
}
