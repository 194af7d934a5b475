import { AppError } from '../errors.ts';
import { insert, type Script, sh } from '../remote/quote.ts';
import type { Step } from '../remote/recipe.ts';
import { aptFunctions } from '../vm/init/apt.ts';

const packages: Record<string, string> = {
  sh: 'dash',
  dash: 'dash',
  bash: 'bash',
  zsh: 'zsh',
  fish: 'fish',
  ksh: 'ksh',
};

/** The Debian package that brings a shell, given as `zsh` or `/usr/bin/zsh`. */
export function shellPackage(shell: string): string {
  const name = shell.split('/').at(-1) ?? shell;
  if (!/^[a-z][a-z0-9.+-]*$/.test(name)) {
    throw new AppError('config', `'${shell}' is not the name of a shell.`, { hint: 'Use bash, zsh or fish.' });
  }
  return (Object.hasOwn(packages, name) ? packages[name] : undefined) ?? name;
}

/** Sets `aw_path` to the shell as `/etc/shells` lists it. */
const resolve = (shell: string): Script =>
  sh`aw_path=$(grep -xE -- ${shell.startsWith('/') ? shell : `(/usr)?/bin/${shell}`} /etc/shells | head -n 1) || aw_path=`;

/** Installs the shell if it is missing and makes it the account's login shell. */
export const loginShellStep = (linuxUser: string, shell: string): Step => {
  const wanted = shellPackage(shell) && shell;
  return {
    id: 'login-shell',
    title: `Make ${shell} the login shell`,
    as: 'root',
    isFatal: false,
    timeoutSeconds: 900,
    check: {
      script: sh`${insert(resolve(wanted))}
[ -n "$aw_path" ] && [ -x "$aw_path" ] && [ "$(readlink -f "$(getent passwd ${linuxUser} | cut -d: -f7)")" = "$(readlink -f "$aw_path")" ]`,
    },
    apply: sh`${insert(aptFunctions)}
${insert(resolve(wanted))}
if [ -z "$aw_path" ] || [ ! -x "$aw_path" ]; then
  aw_install ${shellPackage(shell)}
  ${insert(resolve(wanted))}
fi
if [ -z "$aw_path" ] || [ ! -x "$aw_path" ]; then echo ${`${shell} is not in /etc/shells; the login shell stays.`} >&2; exit 1; fi
usermod --shell "$aw_path" ${linuxUser}`,
  };
};
