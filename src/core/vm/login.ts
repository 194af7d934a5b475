import { keysFolder } from '../agent/account.ts';
import type { Engine } from '../engine.ts';
import type { OperationContext } from '../events.ts';
import { encoded, insert, type Script, sh } from '../remote/quote.ts';
import { readsOurKeys } from './init/sshd.ts';
import type { Vm } from './model.ts';

/**
 * May the operator log in as this account of ours? On a machine that was taken over from the reference, where nobody
 * could, the machine itself is asked: our keys come with the account's next set-up, sshd reads them after `vm reinit`.
 */
export async function canLogInAs(engine: Engine, vm: Vm, account: string, context: OperationContext): Promise<boolean> {
  if (vm.origin !== 'imported') return true;
  const script = sh`export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
[ -s ${`${keysFolder}/${account}`} ] && ${insert(readsOurKeys)}`;
  return (await engine.machines.query(vm, script, { as: 'root' }, context)).code === 0;
}

/** What a terminal runs to be that account: its own login, or the admin's with sudo where it has none. */
export async function loginAs(
  engine: Engine,
  vm: Vm,
  account: string,
  script: Script,
  context: OperationContext,
): Promise<{ user: string; command: Script }> {
  if (await canLogInAs(engine, vm, account, context)) return { user: account, command: script };
  const inner = sh`SHELL=$(getent passwd "$(id -u)" | cut -d: -f7)
export SHELL
unset SUDO_COMMAND SUDO_USER SUDO_UID SUDO_GID
cd
${insert(script)}`;
  return { user: vm.adminUser, command: sh`exec sudo -n -H -u ${account} -- ${insert(encoded(inner))}` };
}
