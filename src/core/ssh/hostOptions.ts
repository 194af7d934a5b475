import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/model.ts';
import type { Engine } from '../engine.ts';

type Parts = Pick<Engine, 'files' | 'process'>;
/** Without a port or user: those of the configuration. */
type Place = { host: string; port?: number | undefined; user?: string | undefined };

/** What OpenSSH makes of a host by the operator's configuration: keyword in lower case, its values in order. */
export type HostOptions = ReadonlyMap<string, readonly string[]>;

const systemFolder = '/etc/ssh';

/** Keywords that can change how a host is reached or logged in to. */
const meaningful =
  /^\s*(?:proxyjump|proxycommand|certificatefile|match|identityagent|identityfile|hostname|pkcs11provider|bindaddress|bindinterface|include|port)\b(?!.*agentworks\.conf)/im;

/** The operator's configuration for `ssh -F`, where it is another file than OpenSSH reads by itself. */
export async function ownConfigFile(
  { files }: Pick<Engine, 'files'>,
  { operator }: Pick<Config, 'operator'>,
): Promise<string | undefined> {
  if (operator.sshConfig === join(userInfo().homedir, '.ssh', 'config')) return undefined;
  return (await files.info(operator.sshConfig)) === undefined ? undefined : operator.sshConfig;
}

async function canMatter({ files, process }: Parts, config: Config): Promise<boolean> {
  if (process.platform === 'win32') return true;
  const own = (await files.readText(config.operator.sshConfig)) ?? '';
  if (meaningful.test(own)) return true;
  if ((await ownConfigFile({ files }, config)) !== undefined) return false;
  const system = (await files.readText(`${systemFolder}/ssh_config`)) ?? '';
  if (meaningful.test(system.replace(/^\s*Include \/etc\/ssh\/ssh_config\.d\/\*\.conf\s*$/m, ''))) return true;
  const more = (await files.list(`${systemFolder}/ssh_config.d`)).filter((name) => name.endsWith('.conf'));
  const texts = await Promise.all(more.map(async (name) => files.readText(`${systemFolder}/ssh_config.d/${name}`)));
  return texts.some((text) => meaningful.test(text ?? ''));
}

/** This machine: nothing of the operator's configuration stands between. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(?:\.\d+){3}$/.test(host);

/**
 * Asks `ssh -G`, as the operator would type the host. Undefined where nothing in the configuration can matter: on
 * loopback, without OpenSSH, or when no file has a keyword that counts.
 */
export async function readHostOptions(parts: Parts, config: Config, place: Place): Promise<HostOptions | undefined> {
  if (isLoopback(place.host) || !(await canMatter(parts, config))) return undefined;
  if ((await parts.process.find('ssh')) === undefined) return undefined;
  const file = await ownConfigFile(parts, config);
  const args = [
    ...(file === undefined ? [] : ['-F', file]),
    '-G',
    ...(place.port === undefined ? [] : ['-p', String(place.port)]),
    ...(place.user === undefined ? [] : ['-l', place.user]),
  ];
  const { code, stdout } = await parts.process.run('ssh', [...args, '--', place.host], { timeoutMs: 10_000 });
  if (code !== 0) return undefined;
  const found = new Map<string, string[]>();
  for (const line of stdout.split(/\r?\n/)) {
    const [, keyword, value] = /^(\S+) (.+)$/.exec(line) ?? [];
    if (keyword !== undefined && value !== undefined) found.set(keyword, [...(found.get(keyword) ?? []), value]);
  }
  return found;
}

const shown: ReadonlyArray<readonly [keyword: string, name: string]> = [
  ['proxyjump', 'ProxyJump'],
  ['proxycommand', 'ProxyCommand'],
  ['certificatefile', 'CertificateFile'],
  ['identityagent', 'IdentityAgent'],
  ['pkcs11provider', 'PKCS11Provider'],
  ['bindaddress', 'BindAddress'],
  ['bindinterface', 'BindInterface'],
];

const isDefaultKey = (path: string): boolean => /[/\\]\.ssh[/\\]id_(?:rsa|dsa|ecdsa|ed25519|xmss)(?:_sk)?$/.test(path);

/** Options of the operator's that only OpenSSH knows how to follow, as they stand in a configuration. */
export function ownOptions(options: HostOptions, host: string): Array<[name: string, value: string]> {
  const found = shown.flatMap(([keyword, name]) =>
    (options.get(keyword) ?? [])
      .filter((value) => value !== 'none' && value !== 'SSH_AUTH_SOCK')
      .map((value): [string, string] => [name, value]),
  );
  const [hostname] = options.get('hostname') ?? [];
  const isAlias = hostname !== undefined && hostname.toLowerCase() !== host.toLowerCase();
  const keys = (options.get('identityfile') ?? []).filter((path) => !isDefaultKey(path));
  return [
    ...(isAlias ? [['HostName', hostname] satisfies [string, string]] : []),
    ...found,
    ...keys.map((path): [string, string] => ['IdentityFile', path]),
  ];
}
