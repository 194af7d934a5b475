import { sh } from '../remote/quote.ts';

/** First uid and gid of our accounts: above ordinary users, below the ranges for subordinate ids. */
export const firstId = 20_000;

/**
 * Subordinate ids (of rootless containers) follow from the account's own number, so they are never used twice either:
 * above those that Debian's useradd gives to others (up to 600,100,000) and that systemd gives to containers.
 */
export const firstSubordinateId = 0x7000_0000;
export const subordinateCount = 65_536;

/** Where the machine keeps the next id. Only root can write there. */
export const idCounterPath = '/var/lib/agentworks/next-id';

/**
 * Text of the bash function `aw_next_id`, for root steps: prints the next free number for an account or group.
 * Numbers only grow, so what a deleted account left behind never belongs to another one. The lock lies beside the
 * counter, not in a folder that everybody can write, where an agent could hold it for ever.
 */
export const allocateId = sh`aw_next_id() {
  local next
  (
    umask 077
    mkdir -p /var/lib/agentworks
    exec 9>${`${idCounterPath}.lock`}
    flock -w 60 9 || { echo "The counter for user ids is locked." >&2; exit 1; }
    next=$(cat ${idCounterPath} 2>/dev/null || echo ${firstId})
    case "$next" in
      '' | *[!0-9]*) echo "The counter for user ids holds no number." >&2; exit 1 ;;
    esac
    while getent passwd "$next" >/dev/null || getent group "$next" >/dev/null; do next=$((next + 1)); done
    if [ "$next" -ge 56000 ]; then echo "The range of user ids is used up." >&2; exit 1; fi
    printf '%s\n' "$((next + 1))" > ${`${idCounterPath}.new`}
    # An empty counter after a loss of power would stop every later account.
    sync ${`${idCounterPath}.new`}
    mv -f ${`${idCounterPath}.new`} ${idCounterPath}
    printf '%s\n' "$next"
  )
}`;
