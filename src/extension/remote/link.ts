import type { Thing } from '../thing.ts';

/**
 * What a link such as `vscode://agentworks.agentworks/session/fix` asks for. Anybody can make one: a name is a plain word,
 * which can be no option, path or shell text, and everything else is refused.
 */
export function parseLink(path: string): (Thing & { kind: 'session' | 'workspace' }) | undefined {
  const [, kind, name] = /^\/(session|workspace)\/([A-Za-z0-9_][A-Za-z0-9_-]{0,63})$/.exec(path) ?? [];
  if (name === undefined || !(kind === 'session' || kind === 'workspace')) return undefined;
  return { kind, name };
}
