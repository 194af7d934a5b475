import { type Script, sh } from '../remote/quote.ts';
import type { RunAs } from '../remote/recipe.ts';

/** The account whose environment is set up. */
export interface EnvironmentUser {
  linuxUser: string;
  /** Absolute. */
  home: string;
  as: RunAs;
  isAdmin: boolean;
}

/** Folder in a home where we note what we did there, so that a second run changes nothing. */
export const stateFolder = '.local/state/agentworks';

/** `"$aw_shell" -lc TEXT` runs text in the account's own login shell. */
export const findLoginShell: Script = sh`aw_shell=$(getent passwd "$(id -u)" | cut -d: -f7)
[ -n "$aw_shell" ] || aw_shell=/bin/sh`;

/** Step ids hold `[a-z0-9-]` only. */
export const stepPart = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');

/** A leading `~` becomes the home; everything else stays. */
export const inHome = (path: string, home: string): string =>
  path === '~' ? home : path.startsWith('~/') ? home + path.slice(1) : path;
