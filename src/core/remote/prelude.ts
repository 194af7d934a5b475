import { join, rawScript, type Script } from './quote.ts';
import { sliceFunction } from './slice.ts';

/**
 * Start of every compiled recipe: the functions that run steps. Variables of a step: i (1-based), id, user, home,
 * shell. Frames go to descriptor 9, which no step inherits:
 *   S i                       the step begins
 *   O i text                  one line it printed
 *   R key base64              a result
 *   E i status ms code        it ended
 *   X outcome                 the operation ended: complete, failed, cancelled
 */
export const prelude: Script = join([
  sliceFunction,
  rawScript(String.raw`
set -u
umask 022
op=$1 mode=$2
run=/run/agentworks/ops/$op
stamps=/var/lib/agentworks/stamps
var=/var/lib/agentworks/ops/$op
if [ "$mode" = plan ] || [ -e "$run/memory" ]; then var=$run; fi
exec 9>>"$var/events"
export LC_ALL=C.UTF-8
tab=$(printf '\t')
case $(awk -W version 2>&1 </dev/null) in mawk*) line_awk='awk -W interactive' ;; *) line_awk=awk ;; esac
outcome=lost
printf 'R\tboot_id\t%s\n' "$(base64 -w0 /proc/sys/kernel/random/boot_id)" >&9

finish() {
  trap '' TERM INT HUP
  rm -rf "/run/agentworks/secrets/$op" "/var/lib/agentworks/payloads/$op"
  printf 'X\t%s\n' "$outcome" >&9
  # Where the events are there, they are still to be read.
  if [ "$var" = "$run" ]; then rm -f "$run/script"; else rm -rf "$run"; fi
}
trap finish EXIT
trap 'outcome=cancelled; exit 143' TERM INT HUP

# What starts no process is free: a step takes as long as the processes that it starts.
now_ms() { now=\${EPOCHREALTIME//[.,]/}; now=$((now / 1000)); }
root_entry=$(getent passwd root)

# Wraps what a step prints line by line: at most 256 KiB, then only its last lines.
wrap_output() {
  # Bytes, so that a line fits into one write: in parts, the end of one could begin a line of this file.
  LC_ALL=C $line_awk -v p="O$tab$i$tab" '
    { if (n < 262144) { n += length($0); print p substr($0, 1, 4000); fflush() } else { last[m++ % 20] = $0 } }
    END { if (m > 0) { if (m > 20) print p "… " (m - 20) " lines left out";
      for (k = (m > 20 ? m - 20 : 0); k < m; k++) print p substr(last[k % 20], 1, 4000) } }' >&9
}

# as ACCOUNT LOGIN SECONDS: runs the script on descriptor 8 as that account, in a clean environment.
as() {
  local account=$1 login=$2 seconds=$3 home shell uid gid
  local entry=$root_entry
  # Any other may have been made, or changed, by a step before.
  [ "$account" = root ] || entry=$(getent passwd "$account") || { echo "There is no account $account."; return 125; }
  IFS=: read -r _ _ uid gid _ home shell <<<"$entry"
  [ -n "$shell" ] || shell=/bin/sh
  local -a words=(env -i "HOME=$home" "USER=$account" "LOGNAME=$account" "SHELL=$shell" LANG=C.UTF-8
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "\${extra[@]}")
  local inner='cd "$HOME" 2>/dev/null || cd /; eval "exec 8<&-; $(cat <&8)"'
  if [ "$login" = 1 ]; then
    words+=("$shell" -l -c "exec /bin/bash -euo pipefail -c 'cd 2>/dev/null || cd /; eval \"exec 8<&-; \$(cat <&8)\"'")
  else
    words+=(/bin/bash -euo pipefail -c "$inner")
  fi
  if [ "$account" = root ]; then
    timeout -k 5 "$seconds" "\${words[@]}" 9>&- </dev/null
  else
    aw_slice "$account" "$uid"
    timeout -k 5 "$seconds" "\${aw_enter[@]}" setpriv --reuid "$account" --regid "$gid" --init-groups "\${words[@]}" 9>&- </dev/null
  fi
}

# Environment of the running step: secrets and payloads become paths that only its account can read.
prepare() {
  local account=$1 name folder
  extra=()
  if [ "$account" = root ]; then extra+=("AW_RESULT=$run/result"); fi
  for name in $secrets; do
    folder=/run/agentworks/secrets/$op/$i
    install -d -m 0711 /run/agentworks/secrets "/run/agentworks/secrets/$op"
    install -d -m 0700 "$folder"
    (umask 077; "secret_$name" >"$folder/$name")
    chown "$account" "$folder/$name" "$folder"
    extra+=("AW_SECRET_$name=$folder/$name")
  done
  for name in $payloads; do
    folder=/var/lib/agentworks/payloads/$op/$name
    # Once: from then on the account may put something else in its place.
    if [ "$(stat -c %u "$folder")" = 0 ]; then chown -h "$(cat "$run/payload-$name")" "$folder/data" "$folder"; fi
    extra+=("AW_PAYLOAD_$name=$folder/data")
  done
}

changed=" "
end_step() { # STATUS CODE
  now_ms
  printf 'E\t%s\t%s\t%s\t%s\n' "$i" "$1" "$((now - began))" "$2" >&9
  case $1 in changed | failed | would-change | depends) changed="$changed$id " ;; esac
}

report_results() {
  [ -s "$run/result" ] || return 0
  while IFS=$tab read -r key value; do printf 'R\t%s\t%s\n' "$key" "$value" >&9; done <"$run/result"
  : >"$run/result"
}

# Runs "apply_$i" as the account, its output wrapped; returns its code.
apply_step() {
  local code=0 wrapper pause
  exec 7> >(wrap_output 7>&- 8<&-)
  wrapper=$!
  as "$user" "$login" "$seconds" 8< <("apply_$i" 7>&- 9>&-) >&7 2>&1 7>&- || code=$?
  exec 7>&-
  # A daemon that the step left behind may hold the pipe open.
  for pause in .002 .004 .008 .02 .05 .1 .2 .3 .3; do kill -0 "$wrapper" 2>/dev/null || break; sleep "$pause"; done
  return "$code"
}

check_holds() {
  case $check in
    always) return 1 ;;
    stamp) [ "$(cat "$stamps/$scope/$id" 2>/dev/null)" = "$stamp" ] ;;
    script | files)
      if [ "$check" = files ] && [ -n "$stamp" ] && [ "$(cat "$stamps/$scope/$id" 2>/dev/null)" != "$stamp" ]; then
        return 1
      fi
      secrets='' payloads='' prepare "$check_user"
      as "$check_user" "$login" 60 8< <("check_$i" 9>&-) >/dev/null 2>&1 ;;
  esac
}

# step I ID USER LOGIN SECONDS FATAL CHECK CHECK_USER STAMP NEEDS SECRETS PAYLOADS
step() {
  i=$1 id=$2 user=$3 login=$4 seconds=$5 check=$7 check_user=$8 stamp=$9
  local fatal=$6 needs=\${10} wanted_secrets=\${11} wanted_payloads=\${12} code=0 need
  now_ms
  began=$now
  printf 'S\t%s\n' "$i" >&9
  if [ "$mode" = plan ]; then
    for need in $needs; do
      case $changed in *" $need "*) end_step depends 0; return ;; esac
    done
  fi
  if check_holds; then end_step satisfied 0; return; fi
  if [ "$mode" = plan ]; then end_step would-change 0; return; fi
  secrets=$wanted_secrets payloads=$wanted_payloads
  prepare "$user"
  apply_step || code=$?
  [ -z "$secrets" ] || rm -rf "/run/agentworks/secrets/$op/$i"
  report_results
  if [ "$code" = 0 ] && [ "$check" = script ] && ! check_holds; then code=126; fi
  if [ "$code" = 0 ]; then
    if [ -n "$stamp" ]; then
      install -d -m 0700 "$stamps/$scope"
      printf '%s' "$stamp" >"$stamps/$scope/$id.part" && mv "$stamps/$scope/$id.part" "$stamps/$scope/$id"
    fi
    end_step changed 0
    return
  fi
  end_step failed "$code"
  if [ "$fatal" = 1 ]; then outcome=failed; exit 1; fi
}
`),
]);
