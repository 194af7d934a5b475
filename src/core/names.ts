import { AppError } from './errors.ts';

const namePattern = /^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?$/;

/** Linux user and group names hold 32 characters; `agt--`, `op--` and `ws--` take their part. */
export const nameLimits = { vm: 30, 'VM host': 30, workspace: 28, agent: 27, session: 30 } as const;
export type NameKind = keyof typeof nameLimits;

/** A sentence saying why `name` cannot be used for a new object, or undefined. Length is tested before shape. */
export function nameProblem(kind: NameKind, name: string): string | undefined {
  const limit = nameLimits[kind];
  const label = kind === 'vm' ? 'VM' : kind;
  const article = kind === 'agent' ? 'an' : 'a';
  if (name.length > limit)
    return `${kind === 'agent' ? 'An' : 'A'} ${label} name has at most ${limit} characters; '${name}' has ${name.length}.`;
  if (name.includes('--')) return `'--' is reserved and cannot be in ${article} ${label} name.`;
  if (name.includes('\n') || !namePattern.test(name)) {
    return `'${name}' is not ${article} ${label} name: use lower-case letters, digits, '-' and '_', and begin and end with a letter or digit.`;
  }
  return undefined;
}

export function checkName(kind: NameKind, name: string): void {
  const problem = nameProblem(kind, name);
  if (problem !== undefined) throw new AppError('invalid', problem);
}

export const agentUser = (agent: string): string => `agt--${agent}`;
export const operatorUser = (workspace: string): string => `op--${workspace}`;
export const workspaceGroup = (workspace: string): string => `ws--${workspace}`;

/** A readable default for a prompt: kind and four hex digits, not among `taken`. */
export function suggestName(prefix: string, taken: Iterable<string>): string {
  const used = new Set(taken);
  for (;;) {
    const name = `${prefix}-${randomId(2)}`;
    if (!used.has(name)) return name;
  }
}

/** Hexadecimal. The global `crypto` costs nothing until it is used; `node:crypto` would be loaded at each start. */
export const randomId = (bytes = 6): string =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex');

/** In the `.git` of a clone: the commits that came from the operator's computer, which are not lost with it. */
export const broughtFile = 'agentworks-brought';
