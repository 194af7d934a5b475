import { shadowScript } from '../../git/shadow.ts';
import { broughtFile } from '../../names.ts';
import { insert, type Script, sh } from '../../remote/quote.ts';

/**
 * Looks into one repository and prepares its bundle, without changing it and without its configuration: everything
 * that would read files or start programs runs in a bare *shadow* repository of our own that borrows the objects. In
 * the suspicious one, only references are listed. Runs contained, as the account that reads the tree.
 *
 * Arguments: the Git directory, the working tree (empty: bare), the shadow's folder, `all` or `head` (of a linked
 * working tree whose repository is looked at by itself). What it finds lies in the shadow's folder as files; `facts` is
 * written last, so that a script which ended early is not taken for a clean repository.
 */
export const lookScript: Script = sh`set -u
g=$1 tree=$2 s=$3 which=$4
${insert(shadowScript)}
export GIT_AUTHOR_NAME=salvage GIT_AUTHOR_EMAIL=salvage@agentworks.invalid GIT_COMMITTER_NAME=salvage GIT_COMMITTER_EMAIL=salvage@agentworks.invalid
export GIT_AUTHOR_DATE='1000000000 +0000' GIT_COMMITTER_DATE='1000000000 +0000'
theirs for-each-ref --format='%(objectname) %(if)%(*objectname)%(then)%(*objectname)%(else)-%(end) %(objecttype) %(if)%(creatordate)%(then)%(creatordate:unix)%(else)-%(end) %(refname)' >refs || exit 6
began=$(head -n 1 "$common/logs/HEAD" 2>/dev/null | head -c 4096 | sed -n 's/^.*> \([0-9][0-9]*\) [-+0-9]*[[:space:]].*$/\1/p')
# What is on a remote, or came from the operator's computer, is not lost.
awk '$5 ~ "^refs/remotes/" && $3 == "commit" { print "^" $1 }' refs >known
if [ -f "$common/${broughtFile}" ]; then head -c 65536 "$common/${broughtFile}" | grep -xE '[0-9a-f]{40,64}' | sed 's/^/^/' >>known; fi
: >tips
# A tag that is older than the clone came with it.
if [ "$which" = all ]; then
  awk -v began="$began" -v remotes="$(grep -c . known)" '
    $5 ~ "^refs/remotes/" || $5 == "refs/stash" { next }
    $5 ~ "^refs/tags/" && remotes > 0 && began != "" && $4 != "-" && $4 + 0 < began + 0 { next }
    { print $1, ($2 == "-" ? $1 : $2), $3, $5 }' refs >>tips
  n=0
  { if [ -f "$common/logs/refs/stash" ]; then tail -n 1000 "$common/logs/refs/stash" | cut -d' ' -f2 | tac; fi
    awk '$5 == "refs/stash" { print $1 }' refs; } | grep -xE '[0-9a-f]{40,64}' | awk '!seen[$0]++' | while read -r id; do
    if ours cat-file -e "$id^{commit}" 2>/dev/null; then printf '%s refs/salvage/stash/%d\n' "$id" "$n"; n=$((n + 1)); fi
  done >stashes
else
  : >stashes
fi
[ -z "$head" ] || printf '%s %s commit refs/salvage/HEAD\n' "$head" "$head" >>tips
for state in MERGE_HEAD CHERRY_PICK_HEAD REVERT_HEAD REBASE_HEAD rebase-merge/orig-head rebase-merge/autostash rebase-apply/orig-head rebase-apply/autostash; do
  [ -f "$g/$state" ] || continue
  id=$(head -c 100 "$g/$state" | head -n 1 | grep -xE '[0-9a-f]{40,64}') || continue
  ours cat-file -e "$id^{commit}" 2>/dev/null && printf '%s %s commit refs/salvage/state/%s\n' "$id" "$id" "$state" >>tips
done
if [ "$which" = all ]; then
  for other in "$common"/worktrees/*/HEAD; do
    [ -f "$other" ] || continue
    id=$(head -c 100 "$other" | head -n 1 | grep -xE '[0-9a-f]{40,64}') || continue
    ours cat-file -e "$id^{commit}" 2>/dev/null && printf '%s %s commit refs/salvage/worktrees/%s\n' "$id" "$id" "$id" >>tips
  done
fi
{ awk '$3 == "commit" || $3 == "tag" { print $2 }' tips; cat known; } | ours rev-list --ignore-missing --stdin >nowhere || exit 7
ahead=$(grep -c . nowhere)
stashes=$(grep -c . stashes)

staged=0 unstaged=0
: >index-list; : >changed; : >deleted; : >kept; : >ignored; : >tracked; : >changes
if [ -n "$tree" ]; then
  export GIT_WORK_TREE="$tree" GIT_INDEX_FILE="$s/index"
  if [ -f "$g/index" ]; then
    # With its time: a file that changed in the same moment is told from one that did not by it.
    cp -p -- "$g/index" "$s/index" || exit 8
    for shared in "$g"/sharedindex.*; do if [ -f "$shared" ]; then cp -p -- "$shared" "$s/repo/"; fi; done
    ours update-index -q --refresh >/dev/null 2>&1
  fi
  ours ls-files -z -s >index-list || exit 8
  ours ls-files -z >tracked || exit 8
  # What Git was told not to look at is kept, whatever it is.
  ours ls-files -z -v | tr '\n\0' '\001\n' | sed -n 's/^[a-zS] //p' | tr '\n\001' '\0\n' >kept
  ours diff-files -z --name-only --diff-filter=d --ignore-submodules=all >changed || exit 8
  ours diff-files -z --name-only --diff-filter=D --ignore-submodules=all >deleted || exit 8
  base=$head
  [ -n "$base" ] || base=$(ours mktree </dev/null)
  ours diff-index --cached -z --raw --no-renames --ignore-submodules=none "$base" >staged || exit 8
  ours diff-index --cached -z --name-only --no-renames --ignore-submodules=none "$base" >staged-names || exit 8
  cat staged-names changed deleted | tr '\n\0' '\001\n' | sort -u >changes
  # Objects that only the index has; those of a conflict are there as well.
  { tr '\n\0' '\001\n' <staged | sed -n 's/^:[0-7]* [0-7]* [0-9a-f]* \([0-9a-f]*\) .*$/\1/p'
    ours ls-files -z -u | tr '\n\0' '\001\n' | sed -n 's/^[0-7]* \([0-9a-f]*\) .*$/\1/p'; } | grep -v '^0*$' | sort -u |
    ours cat-file --batch-check='%(objecttype) %(objectname)' | awk '$1 == "blob" { printf "100644 blob %s\t%d\n", $2, NR }' >blobs
  if [ -s blobs ]; then
    made=$(ours mktree <blobs) && made=$(ours commit-tree -m 'What was staged' "$made") || exit 9
    printf '%s %s commit refs/salvage/index\n' "$made" "$made" >>tips
  fi
  ours ls-files -z --others --ignored --exclude-standard --directory >ignored || exit 8
fi
count=$(grep -c . changes)
# A reference is kept when it holds something that is nowhere else; HEAD also as the base of what is not committed.
awk 'FILENAME == "nowhere" { lost[$1] = 1; next } $4 == "refs/salvage/HEAD" || $4 == "refs/salvage/index" || ($3 != "commit" && $3 != "tag") || ($2 in lost)' nowhere tips >wanted
{ awk '{ print $1, $4 }' wanted; cat stashes; } | sort -u -k2 >repo/packed-refs
size=$(theirs count-objects -v 2>/dev/null | awk '/^size(-pack)?:/ { n += $2 } END { print n + 0 }')
printf '%s\n' "$head" "$branch" "$count" "$ahead" "$stashes" "$size" "$format" "$common" >facts`;

/** Prints the bundle of the prepared shadow. */
export const bundleScript: Script = sh`s=$1
cd -- "$s" || exit 3
export HOME="$s" LC_ALL=C GIT_ALLOW_PROTOCOL= GIT_NO_LAZY_FETCH=1 GIT_NO_REPLACE_OBJECTS=1 GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
exec git --git-dir="$s/repo" -c gc.auto=0 -c pack.threads=1 -c pack.windowMemory=64m bundle create --quiet - --all`;
