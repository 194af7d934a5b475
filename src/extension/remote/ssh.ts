import { normalize } from 'node:path';
import { expandHome } from '../../core/ports/files.ts';

/** Does an extension answer for `ssh-remote+…`, whoever makes it? */
export function answersSshRemote(packageJson: unknown): boolean {
  const events = (packageJson as { activationEvents?: unknown } | null)?.activationEvents;
  return Array.isArray(events) && events.includes('onResolveRemoteAuthority:ssh-remote');
}

/** `remote.SSH.remotePlatform` with the alias in it, so that nobody is asked; undefined where it says something already. */
export function platformsWith(current: unknown, alias: string): Record<string, unknown> | undefined {
  const known = typeof current === 'object' && current !== null ? (current as Record<string, unknown>) : {};
  return known[alias] === undefined ? { ...known, [alias]: 'linux' } : undefined;
}

/** Does a Remote-SSH extension that was told to read `configFile` see the entries in `sshConfig`? */
export function readsConfig(configFile: unknown, sshConfig: string, home: string): boolean {
  if (typeof configFile !== 'string' || configFile.trim() === '') return true;
  return normalize(expandHome(configFile.trim(), home)) === normalize(sshConfig);
}
