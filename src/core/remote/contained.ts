import { memoryFolder } from './memoryFolder.ts';
import { insert, type Script, sh } from './quote.ts';
import { sliceFunction } from './slice.ts';

export interface Contained {
  account: string;
  /** For the whole of it. */
  seconds: number;
  /** For bash. Its first argument is a folder in memory of its own. */
  script: Script;
  args: readonly (string | number)[];
  /** More output ends it. */
  mostBytes: number;
  /** The output as it is; else compressed and as text. */
  isRaw?: boolean;
}

/** Exit code when there is no such account. */
export const noSuchAccount = 95;

/**
 * For root: has an account look at what an agent prepared, in a process namespace whose first process is root's, so that
 * whatever is started there ends with it; in the slice of the account, with its limits. Exits with the code of the
 * script; what it complained about is the last of stderr.
 */
export const containedScript = (work: Contained): Script => sh`${insert(memoryFolder('agentworks-look', 512))}
${insert(sliceFunction)}
IFS=: read -r _ _ uid gid _ <<<"$(getent passwd ${work.account})" && [ -n "$gid" ] && [ "$uid" -ge 1000 ] || exit ${noSuchAccount}
aw_slice ${work.account} "$uid"
mkdir -m 0700 "$AW_TOP/own" && chown "$uid:$gid" "$AW_TOP/own" || exit 90
look() { (cd / && ulimit -c 0 -f 1048576 && exec timeout -s KILL ${work.seconds} unshare --pid --fork -- sh -c '"$@"; exit "$?"' sh "\${aw_enter[@]}" setpriv --reuid=${work.account} --regid="$gid" --init-groups --no-new-privs --reset-env -- /bin/bash -c ${work.script} agentworks "$AW_TOP/own" ${work.args}) </dev/null 2>"$AW_TOP/complaint"; }
look | head -c ${work.mostBytes}${insert(work.isRaw === true ? sh`` : sh` | gzip -1c | base64 -w0`)}
code=\${PIPESTATUS[0]}
tail -c 1000 "$AW_TOP/complaint" >&2
exit "$code"`;
