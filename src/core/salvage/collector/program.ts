import { memoryFolder } from '../../remote/memoryFolder.ts';
import { insert, type Script, sh } from '../../remote/quote.ts';
import { sliceFunction } from '../../remote/slice.ts';
import { basePart } from './base.ts';
import { bundleScript, lookScript } from './git.ts';
import { mainPart } from './main.ts';
import { treePart } from './tree.ts';
import { walkPart } from './walk.ts';

/**
 * The program that looks for work and reads it, run by root's Perl. It never opens a file of a tree with root's rights:
 * before each one its effective numbers become those of the account that reads the tree, and, for what that account may
 * not read, those of the file's owner, if that is an account of ours. As only the effective numbers change, no process of
 * the account can stop, trace or kill it. Folders are entered by descriptor and without following links, so that a name
 * that is swapped meanwhile leads nowhere else.
 *
 * Input on stdin, fields ended by NUL: nonce, mode, owner that may be read as beside ours, limits, targets (see
 * `request.ts`). Output: the nonce on a line of its own, then frames: a letter, a 32-bit length, the bytes.
 */
const program: string = [basePart, treePart, walkPart, mainPart].join('');

/** Runs as the account of a session: what tmux shows, and the log. Into files: a server may keep what a client hands it. */
const transcriptScript: Script = sh`cd -- "$1" || exit 3
if [ -n "$2" ]; then set -- "$@" -S "$2"; else set -- "$@" -L default; fi
(ulimit -f 131072; exec timeout -s KILL 8 tmux -u "$6" "$7" capture-pane -p -J -S - -t "=$3:") >screen 2>/dev/null
[ -z "$4" ] || cat -- "$5/$4.1" "$5/$4" 2>/dev/null | head -c 67108864 >log`;

/** Arguments: an account and its number. Prints the words that take a command line into its slice, each ended by NUL. */
const sliceWords: Script = sh`${insert(sliceFunction)}aw_slice "$1" "$2"
[ "\${#aw_enter[@]}" = 0 ] || printf '%s\0' "\${aw_enter[@]}"`;

/** As root. Its folder lies in memory and is removed in every case. */
export const collectorScript = (seconds: number): Script => sh`${insert(memoryFolder('agentworks-salvage', 512))}
export AW_SLICE=${sliceWords} AW_LOOK=${lookScript} AW_BUNDLE=${bundleScript} AW_TRANSCRIPT=${transcriptScript}
timeout -k 5 ${seconds} ${insert(perl)}`;

const perl: Script = sh`perl -e ${program}`;
