import type { Engine } from '../engine.ts';
import type { SshTarget, Transport } from '../ports/transport.ts';
import { ownConfigFile, ownOptions, readHostOptions } from './hostOptions.ts';

export type RouteParts = Pick<Engine, 'files' | 'process' | 'config'>;

/** Which adapter reaches a machine, and why. */
export interface Route {
  transport: 'ssh2' | 'openssh';
  reason: string;
  /** Somebody has to touch a key. */
  isTouched: boolean;
  /** The operator's configuration leads there: a jump host, an alias. */
  isOwnWay: boolean;
}

/** Touching a security key takes longer than a machine does. */
const touchTimeoutMs = 60_000;

/** What the files beside the private key say. */
async function keyReason({ files }: RouteParts, identityFile: string): Promise<string | undefined> {
  if (identityFile === '') return undefined;
  if ((await files.info(`${identityFile}-cert.pub`)) !== undefined) return `the certificate ${identityFile}-cert.pub`;
  const isSecurityKey = /^sk-/.test((await files.readText(`${identityFile}.pub`).catch(() => undefined)) ?? '');
  return isSecurityKey ? `the security key ${identityFile}` : undefined;
}

/**
 * ssh2 unless `operator.ssh_transport` says otherwise or the machine needs what only OpenSSH can do. Throws nothing
 * about the machine; the reason is for people.
 */
export async function chooseRoute(parts: RouteParts, target: SshTarget): Promise<Route> {
  const config = await parts.config.load();
  const wanted = config.operator.sshTransport;
  const key = await keyReason(parts, target.identityFile);
  const options = wanted === 'ssh2' ? undefined : await readHostOptions(parts, config, target);
  const own = options === undefined ? [] : ownOptions(options, target.host);
  // A key of ours is the only one that is offered.
  const relevant = own.filter(([name]) => name !== 'IdentityFile' || target.identityFile === '');
  const reasons = relevant.map(([name, value]) => `${name} ${value} in your SSH configuration`);
  const isNeeded = key !== undefined || reasons.length > 0;
  const reason = [...(key === undefined ? [] : [key]), ...reasons].join(', ');
  return {
    transport: wanted === 'auto' ? (isNeeded ? 'openssh' : 'ssh2') : wanted,
    reason: wanted === 'auto' ? reason || 'nothing needs OpenSSH' : `operator.ssh_transport = "${wanted}"`,
    isTouched: key?.startsWith('the security key') === true,
    isOwnWay: own.length > 0,
  };
}

/** Connections by whichever adapter the machine needs; each is loaded when it is used. */
export const createTransport = (parts: RouteParts): Transport => ({
  connect: async (target, signal) => {
    const route = await chooseRoute(parts, target);
    if (route.transport === 'ssh2') {
      const { createSsh2Transport } = await import('./ssh2Transport.ts');
      return createSsh2Transport({ env: { ...parts.process.env } }).connect(target, signal);
    }
    const [{ createOpenSshTransport }, configFile] = await Promise.all([
      import('./openSshTransport.ts'),
      parts.config.load().then(async (config) => ownConfigFile(parts, config)),
    ]);
    const connectTimeoutMs = route.isTouched
      ? Math.max(target.connectTimeoutMs, touchTimeoutMs)
      : target.connectTimeoutMs;
    return createOpenSshTransport({ process: parts.process, configFile }).connect(
      { ...target, connectTimeoutMs },
      signal,
    );
  },
});
