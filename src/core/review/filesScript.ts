import { gitFolder } from '../git/find.ts';
import { shadowScript } from '../git/shadow.ts';
import { insert, type Script, sh } from '../remote/quote.ts';
import { noFolder } from './changesScript.ts';

/** Exit codes: nothing of that name; something stands in the way (a link, no folder); the account may not. */
export const missing = 2;
export const inTheWay = 3;
export const notAllowed = 4;

/**
 * Folders are entered one by one by descriptor and no link is followed, so that a name that is swapped meanwhile leads
 * nowhere else; what is no file, link or folder is not opened. Perl.
 */
const look = String.raw`use strict; use Fcntl qw(:DEFAULT :mode); binmode STDOUT;
my ($root, $path, $most) = @ARGV;
sub fail { exit($!{ENOENT} ? ${missing} : $!{EACCES} || $!{EPERM} ? ${notAllowed} : ${inTheWay}) }
sub facts { my @s = @_; my $m = $s[2]; return join("\0", S_ISREG($m) ? 'file' : S_ISDIR($m) ? 'folder' : S_ISLNK($m) ? 'link' : 'other', S_ISREG($m) ? $s[7] : 0, $s[9], $m & 0100 ? 1 : 0) . "\0" }
chdir $root or exit ${noFolder};
my @parts = grep { $_ ne '' } split m{/}, $path; my $name = pop(@parts) // '.';
exit ${inTheWay} if grep { $_ eq '..' } @parts, $name;
sub enter { sysopen my $d, $_[0], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK or fail(); chdir $d or fail() }
enter($_) for @parts;
my @s = lstat $name or fail(); my $kind = S_ISDIR($s[2]);
print facts(@s);
if (S_ISLNK($s[2])) { print readlink($name) // ''; exit }
if ($kind) {
  exit if $most < 0;
  enter($name);
  opendir my $all, '.' or fail(); my $n = 0;
  while (defined(my $one = readdir $all)) { next if $one eq '.' || $one eq '..'; my @t = lstat $one or next; print "$one\0", facts(@t); last if ++$n >= 20000 }
  exit;
}
exit if !S_ISREG($s[2]) || $most < 0 || $s[7] > $most;
sysopen(my $f, $name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) or fail();
@s = stat $f; exit ${inTheWay} unless S_ISREG($s[2]);
while ($most > 0) { my $n = sysread $f, my $bytes, $most < 65536 ? $most : 65536; last unless $n; print $bytes; $most -= $n }`;

/**
 * Arguments: folder of its own, workspace, path, most bytes (-1: facts only). Answer: facts of the path (kind, size, time,
 * whether it can be run), ended by NUL; then the names of a folder with theirs, or the bytes, or where a link leads.
 */
export const fileScript: Script = sh`exec perl -e ${look} "$2" "$3" "$4"`;

/** Arguments: folder of its own, workspace, repository below it, id, most bytes. Answer: size, NUL, the bytes unless more. */
export const blobScript: Script = sh`s=$1 id=$4 most=$5
${insert(gitFolder)}
cd -- "$2" || exit ${noFolder}
root=$(pwd -P)
git_folder "$root/$3" || exit ${missing}
s=$s/look; mkdir "$s" || exit 5
${insert(shadowScript)}
set -- $(ours cat-file --batch-check='%(objecttype) %(objectsize)' <<<"$id")
[ "$1" = blob ] || exit ${missing}
printf '%s\0' "$2"
[ "$2" -le "$most" ] || exit 0
exec git --git-dir="$s/repo" cat-file blob "$id"`;
