import type { Command } from '../../core/commands/command.ts';
import { label } from '../text.ts';

/** What is kept of a terminal over a reload of the window: what ran in it, as on a command line. */
export interface Opened {
  verb: string;
  args: readonly string[];
}

/** Who one is in a terminal. `other`: a command that ends by itself. */
export type Role = 'session' | 'admin' | 'workspace' | 'agent' | 'other';

const roles: Readonly<Record<string, Role>> = {
  'session.attach': 'session',
  'vm.shell': 'admin',
  'workspace.shell': 'workspace',
  'agent.shell': 'agent',
};

export const roleOf = (verb: string): Role => roles[verb] ?? 'other';

/** Codicon and theme colour of a tab; the admin's stands out. */
export const looks: Readonly<Record<Role, { icon: string; color?: string }>> = {
  session: { icon: 'terminal-tmux' },
  admin: { icon: 'shield', color: 'terminal.ansiRed' },
  workspace: { icon: 'folder', color: 'terminal.ansiBlue' },
  agent: { icon: 'hubot', color: 'terminal.ansiMagenta' },
  other: { icon: 'terminal' },
};

/** The thing that a terminal is about: the first word that is no option. */
export function nameIn(args: readonly string[]): string {
  const end = args.indexOf('--');
  return label(args.slice(0, end < 0 ? undefined : end).find((word) => !word.startsWith('-')) ?? '', 60);
}

/** A session has one terminal; of a shell there may be many. */
export const isShared = ({ verb }: Opened): boolean => verb === 'session.attach';

export interface WordOptions {
  /** Brought back, and not asked for by a person: it starts no machine. */
  isRestored: boolean;
  /** The setting; empty: none. */
  configFile: string;
  mayWriteClipboard: boolean;
}

/** What the CLI is given, for a terminal that closes with it. */
export function wordsFor(command: Command, { verb, args }: Opened, options: WordOptions): string[] {
  const known = new Set(command.params.map(({ name }) => name));
  const wanted = [
    'reconnect',
    'hold',
    ...(options.isRestored ? ['no-start'] : []),
    ...(options.mayWriteClipboard ? ['clipboard'] : []),
  ].filter((name) => known.has(name) && !args.includes(`--${name}`));
  return [
    ...verb.split('.'),
    ...wanted.map((name) => `--${name}`),
    ...(options.configFile === '' ? [] : [`--config=${options.configFile}`]),
    ...args,
  ];
}

/** What was stored, by this version or another, as terminals to open again. Anything else is left out. */
export function openedFrom(stored: unknown): (Opened & { isActive: boolean })[] {
  if (!Array.isArray(stored)) return [];
  return stored.flatMap((one: unknown) => {
    if (typeof one !== 'object' || one === null) return [];
    const { verb, args, isActive } = one as Record<string, unknown>;
    const isKnown = typeof verb === 'string' && roleOf(verb) !== 'other';
    if (!isKnown || !Array.isArray(args) || !args.every((word) => typeof word === 'string')) return [];
    return [{ verb, args: args as string[], isActive: isActive === true }];
  });
}
