import type { EnginePaths } from '../engine.ts';
import type { SshTarget } from '../ports/transport.ts';
import type { Script } from '../remote/quote.ts';
import { loginShellCommand } from './loginShell.ts';

/** A dead link is noticed after this long, three times. */
export const keepaliveSeconds = 15;
export const keepaliveCount = 3;

export interface Forward {
  /** Address to listen on here. */
  bind: string;
  localPort: number;
  remoteHost: string;
  remotePort: number;
}

export interface SshArgvOptions {
  /** A terminal on the machine, where there is one here: without it, the end of the input would never get there. */
  tty?: boolean;
  /** Run by `sh` there, whatever the login shell is; without it a login shell is started. */
  command?: Script;
  /** Only forwards, no command. */
  forwards?: readonly Forward[];
  /** May ask for a passphrase; only where a person sits at the terminal. */
  isInteractive?: boolean;
  isVerbose?: boolean;
  /** The operator's configuration, where it is not OpenSSH's default. */
  configFile?: string | undefined;
}

/** IPv6 addresses stand in brackets where a port follows. */
const bracketed = (host: string): string => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);

/** A path as ssh_config reads it: `%` begins a token, quotes keep blanks and `#`. Windows paths get slashes. */
export function configPath(path: string): string {
  const slashed = /^(?:[A-Za-z]:|\\)\\/.test(path) ? path.replaceAll('\\', '/') : path;
  return `"${slashed.replaceAll('%', '%%').replace(/["\\]/g, '\\$&')}"`;
}

/**
 * Options that every connection by OpenSSH has, as `[name, value]`: for the command line and for host entries.
 * The key must be the pinned one, under the VM's own name, in our own file.
 */
export const pinnedOptions = (target: SshTarget, paths: Pick<EnginePaths, 'knownHosts'>): Array<[string, string]> => [
  ['HostKeyAlias', target.hostKeyAlias],
  ['UserKnownHostsFile', configPath(paths.knownHosts)],
  ['GlobalKnownHostsFile', 'none'],
  ['StrictHostKeyChecking', 'yes'],
  ['CheckHostIP', 'no'],
  // The operator may have DNS vouch for other hosts; here it would go before the pinned key.
  ['VerifyHostKeyDNS', 'no'],
  ['UpdateHostKeys', 'no'],
  ['ServerAliveInterval', String(keepaliveSeconds)],
  ['ServerAliveCountMax', String(keepaliveCount)],
  ...(target.identityFile === '' ? [] : [['IdentitiesOnly', 'yes'] satisfies [string, string]]),
];

/** Arguments for the system's `ssh`; never a string for a shell. */
export function sshArgv(
  target: SshTarget,
  paths: Pick<EnginePaths, 'knownHosts'>,
  options: SshArgvOptions = {},
): string[] {
  const { forwards = [], command, tty = false } = options;
  const isForwarding = forwards.length > 0;
  const settings: Array<[string, string]> = [
    ...pinnedOptions(target, paths),
    ['ConnectTimeout', String(Math.ceil(target.connectTimeoutMs / 1000))],
    ['BatchMode', options.isInteractive ? 'no' : 'yes'],
    ['ForwardAgent', 'no'],
    ['ForwardX11', 'no'],
    ['PermitLocalCommand', 'no'],
    // Of the operator's own entry for this host: it would replace ours.
    ['RemoteCommand', 'none'],
    ['LogLevel', options.isVerbose ? 'VERBOSE' : 'ERROR'],
    // An alias of the operator's own could share its connection, and with it another login's groups.
    ['ControlMaster', 'no'],
    ['ControlPath', 'none'],
    isForwarding ? ['ExitOnForwardFailure', 'yes'] : ['ClearAllForwardings', 'yes'],
  ];
  const listed = forwards.flatMap(({ bind, localPort, remoteHost, remotePort }) => [
    '-L',
    `${bracketed(bind)}:${localPort}:${bracketed(remoteHost)}:${remotePort}`,
  ]);
  return [
    ...(options.configFile === undefined ? [] : ['-F', options.configFile]),
    ...(isForwarding ? ['-N'] : []),
    tty ? '-t' : '-T',
    ...settings.flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...(target.identityFile === '' ? [] : ['-i', target.identityFile]),
    ...['-p', String(target.port), '-l', target.user],
    ...listed,
    '--',
    target.host,
    ...(command === undefined ? [] : [loginShellCommand(command)]),
  ];
}
