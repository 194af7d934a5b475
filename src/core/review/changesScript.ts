import { gitFolder } from '../git/find.ts';
import { shadowScript } from '../git/shadow.ts';
import { broughtFile } from '../names.ts';
import { insert, type Script, sh } from '../remote/quote.ts';

/** Exit code when the folder cannot be entered, and when the base that was asked for is not there. */
export const noFolder = 93;
export const noBase = 92;

/** Larger files are told apart by size and name only: no renames, no counts of lines. */
const largeBytes = 16 * 2 ** 20;
/** Beyond these, no renames and no counts of lines are looked for. */
const mostRenames = 2000;
const mostCounted = 1000;

/**
 * Files that are not in the base, ended by NUL: which can be in an index (for the rename detection; as lines for
 * `update-index`), and which not. A name that Git would refuse must not hide the others. Perl.
 */
const sortAdded = String.raw`my ($empty) = @ARGV; my ($n, $all) = (0, 0); local $/ = "\0"; my @plain;
open my $plain, '>', 'plain'; open my $odd, '>', 'odd'; open my $many, '>', 'many';
while (<STDIN>) {
  chomp; next if $_ eq '' || m{/\z};
  my @s = lstat "$ENV{TREE}/$_"; next unless @s && (-f _ || -l _);
  $n++; $all += $s[7];
  if ($s[7] > ${largeBytes} || m{(?:^|/)(?:\.git|\.|\.\.|)(?:/|\z)}i || m{^/}) { print $odd "$_\0" } else { print $plain "100644 $empty 0\t$_\0" }
}
print $many 1 if $n > ${mostRenames} || $all > 16 * ${largeBytes};`;

/**
 * Puts the answer together: of each file eleven fields ended by NUL (status, path, former path, former mode, mode, former
 * id, id, former size, size, lines added, lines removed). First run: picks files and asks for sizes. Perl.
 */
const assemble = String.raw`my ($most, $zero, $run) = @ARGV; local $/ = "\0"; my @all; my %lines;
sub fields { open my $f, '<', $_[0] or return (); my @x = <$f>; chomp @x; return @x }
my @raw = fields('raw');
while (@raw) {
  my ($m1, $m2, $i1, $i2, $st) = split / /, shift @raw; my $p = shift @raw; $m1 =~ s/^://; $st = substr $st, 0, 1;
  my $new = $st =~ /[RC]/ ? shift @raw : $p;
  push @all, [$st, $new, $st =~ /[RC]/ ? $p : '', $m1, $m2, $i1, $i2];
}
for (fields('odd')) { my @s = lstat "$ENV{TREE}/$_"; next unless @s && (-f _ || -l _); push @all, ['A', $_, '', '000000', -l _ ? '120000' : $s[2] & 0100 ? '100755' : '100644', $zero, $zero] }
my $total = @all; @all = sort { $a->[1] cmp $b->[1] } @all; splice @all, $most if @all > $most;
if ($run == 1) {
  open my $ids, '>', 'ids'; print $ids "$_->[5]\n$_->[6]\n" for @all; open my $few, '>', 'few'; print $few 1 if $total <= ${mostCounted}; exit;
}
my @counts = fields('numstat');
while (@counts) { my ($a, $d, $p) = split /\t/, shift(@counts), 3; if ($p eq '') { shift @counts; $p = shift @counts } $lines{$p} = [$a, $d] }
{ local $/ = "\n"; open my $f, '<', 'sizes'; for (@all) { for my $k (7, 8) { my $x = <$f> // ''; $_->[$k] = $x =~ /^(\d+)$/ ? $1 : '' } } }
print "$total\0", scalar(@all), "\0";
for (@all) {
  if ($_->[8] eq '' && $_->[0] ne 'D') { my @s = lstat "$ENV{TREE}/$_->[1]"; $_->[8] = @s ? $s[7] : '' }
  my $n = $lines{$_->[1]} // ['', '']; print join("\0", @$_, @$n), "\0";
}`;

/**
 * What a workspace has that is not in the common ancestor of its work and what is on a remote: commits, changes, new
 * files. Arguments: folder of its own, workspace, base (empty: the nearest commit that is elsewhere too), most files.
 *
 * The agent's index is not believed: it may say that a changed file is unchanged, or that Git shall not look at it. Every
 * file of the base is read and compared by what is in it. Answer: fields ended by NUL, see `parseChanges`.
 */
export const changesScript: Script = sh`top=$1 root=$2 wanted=$3 most=$4
${insert(gitFolder)}
cd -- "$root" || exit ${noFolder}
root=$(pwd -P)
one() ( # RELATIVE FOLDER
  rel=$1 s=$2 tree=$root/$1
  [ "$rel" != . ] || tree=$root
  mkdir -- "$s" && git_folder "$tree" || exit 4
  ${insert(shadowScript)}
  export GIT_WORK_TREE="$tree" TREE="$tree" GIT_INDEX_FILE="$s/index"
  # A pipe in the place of a .gitignore would be read for ever.
  files() { timeout -s KILL 40 git --git-dir="$s/repo" -c core.preloadIndex=false -c core.protectNTFS=false -c core.protectHFS=false -c core.bigFileThreshold=4m -c core.quotePath=false "$@"; }
  # What is elsewhere too: on a remote, or on the operator's computer.
  { theirs for-each-ref --sort=-creatordate --count=500 --format='%(objectname)' refs/remotes
    [ ! -f "$common/${broughtFile}" ] || head -c 65536 "$common/${broughtFile}"; } | grep -xE '[0-9a-f]{40,64}' | sort -u |
    ours cat-file --batch-check='%(objecttype) %(objectname)' | sed -n 's/^commit //p' | head -n 600 >known
  base= upstream=
  if [ -n "$wanted" ]; then
    for name in "refs/heads/$wanted" "refs/remotes/$wanted" "refs/tags/$wanted"; do
      upstream=$(theirs rev-parse --quiet --verify --end-of-options "$name^{commit}") && break
      upstream=
    done
    if [ -z "$upstream" ] && [[ $wanted =~ ^[0-9a-f]{7,64}$ ]]; then
      upstream=$(ours rev-parse --quiet --verify "$wanted^{commit}") || upstream=
    fi
    [ -n "$upstream" ] || exit ${noBase}
    printf '%s\n' "$upstream" >known
  fi
  if [ -n "$head" ] && [ -s known ]; then base=$(ours merge-base "$head" $(cat known) | head -n 1); fi
  ahead=0
  if [ -n "$head" ]; then ahead=$(ours rev-list --count "$head" --not $(cat known)) || exit 7; fi
  against=$base
  if [ -n "$base" ]; then files read-tree "$base" || exit 8; else against=$(ours mktree </dev/null) && files read-tree --empty || exit 8; fi
  files update-index -q --refresh >/dev/null
  [ "$?" -lt 128 ] || exit 8
  files ls-files -z | sort -zu >inBase
  # Files that the agent's index or its last commit has, whether or not Git would ignore them.
  if [ -f "$g/index" ]; then
    cp -- "$g/index" theirs 2>/dev/null
    for shared in "$g"/sharedindex.*; do [ ! -f "$shared" ] || cp -- "$shared" "$s/repo/"; done
  fi
  { [ ! -f theirs ] || GIT_INDEX_FILE="$s/theirs" files ls-files -z
    [ -z "$head" ] || files diff-tree -r -z --name-only --no-renames --diff-filter=A "$against" "$head"
    files ls-files -z --others --exclude-standard || : >failed; } | sort -zu | comm -z -23 - inBase >added
  [ ! -e failed ] || exit 8
  perl -e ${sortAdded} "$(ours hash-object -t blob --stdin </dev/null)" <added || exit 9
  renames="-M -l 1000"; [ ! -s many ] || renames=--no-renames
  if [ -s plain ] && ! files update-index --replace --add -z --index-info <plain; then cp added odd; renames=--no-renames; fi
  files diff-index -z --raw --no-abbrev $renames --ignore-submodules=dirty "$against" >raw || exit 9
  zero=$(printf %s "$against" | tr '0-9a-f' 0)
  : >numstat
  perl -e ${assemble} "$most" "$zero" 1 || exit 10
  files cat-file --batch-check='%(objectsize)' <ids >sizes
  if [ -s few ]; then files diff-index -z --numstat $renames --ignore-submodules=dirty "$against" >numstat || : >numstat; fi
  printf '%s\0' read "$rel" "\${branch#refs/heads/}" "$head" "$base" "$ahead" "$format" "$([ ! -s repo/shallow ] || echo 1)"
  if [ "$ahead" -gt 0 ]; then ours log -z -n 100 --no-show-signature --format='%H%x00%an%x00%at%x00%s' "$head" --not $(cat known) | sed -z 's/^$/-/'; fi
  printf '\0'
  (cd -- "$tree" && find . -name .git -prune -o ! -type l ! -readable -print0 2>/dev/null | head -z -n 50)
  printf '\0'
  perl -e ${assemble} "$most" "$zero" 2
)
find . -maxdepth 3 -name .git -print0 -prune 2>/dev/null | sort -z | head -z -n 20 >"$top/found"
n=0
while IFS= read -r -d '' found; do
  rel=\${found%/.git}; rel=\${rel#./}
  n=$((n + 1))
  one "$rel" "$top/$n" >"$top/$n.out"
  code=$?
  if [ "$code" = 0 ]; then cat -- "$top/$n.out"; elif [ "$code" = ${noBase} ]; then exit ${noBase}; else printf '%s\0' unread "$rel" "$code"; fi
  rm -rf -- "$top/$n" "$top/$n.out"
done <"$top/found"
printf 'end\0'`;
