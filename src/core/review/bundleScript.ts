import { gitFolder } from '../git/find.ts';
import { shadowScript } from '../git/shadow.ts';
import { broughtFile } from '../names.ts';
import { insert, type Script, sh } from '../remote/quote.ts';
import { noFolder } from './changesScript.ts';

/** Exit code when there is no repository at that place. */
export const noRepository = 94;

const enter: Script = sh`root=$2 repository=$3
${insert(gitFolder)}
cd -- "$root" || exit ${noFolder}
root=$(pwd -P)
if [ "$repository" = . ]; then tree=$root; else tree=$root/$repository; fi
git_folder "$tree" || exit ${noRepository}
s=$1/look; mkdir "$s" || exit 5
${insert(shadowScript)}`;

/**
 * Arguments: folder of its own, workspace, repository below it. Answer: lines. Branch that is checked out, its commit,
 * object format, `1` for a history that does not go back to its beginning; then `b ID NAME` for each branch and `k ID` for
 * each commit that is said to be elsewhere too.
 */
export const tipsScript: Script = sh`${insert(enter)}
printf '%s\n' "\${branch#refs/heads/}" "$head" "$format" "$([ ! -s repo/shallow ] || echo 1)"
theirs for-each-ref --count=1000 --sort=-committerdate --format='b %(objectname) %(refname)' refs/heads | sed 's,^\(b [0-9a-f]*\) refs/heads/,\1 ,'
{ theirs for-each-ref --count=300 --sort=-committerdate --format='%(objectname)' refs/remotes
  [ ! -f "$common/${broughtFile}" ] || head -c 65536 "$common/${broughtFile}"; } | grep -xE '[0-9a-f]{40,64}' | sort -u | head -n 500 | sed 's/^/k /'`;

/**
 * Prints a bundle of one commit with its history, as the branch `fetched`. Arguments: as above, then the commit and those
 * that are not needed with what is before them.
 */
export const bundleScript: Script = sh`id=$4
own=$1 root=$2 repository=$3
shift 4
without=("$@")
set -- "$own" "$root" "$repository"
${insert(enter)}
ours update-ref refs/heads/fetched "$id" || exit 6
exec git --git-dir="$s/repo" -c gc.auto=0 -c pack.threads=1 -c pack.windowMemory=64m bundle create --quiet - refs/heads/fetched "\${without[@]/#/^}"`;
