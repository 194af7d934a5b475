import { type Script, sh } from '../remote/quote.ts';

/**
 * What sshd is given: it hands the text to the account's login shell, which may be fish or csh, so that shell only
 * starts a POSIX one. After quoting no character is left that these shells read differently.
 */
export const loginShellCommand = (script: Script): Script => sh`exec /bin/sh -c ${String(script)}`;
