/** Part of the collector: its input, its output, accounts, and programs that run as one of them. Perl. */
export const basePart: string = String.raw`
use strict; use warnings; use Fcntl qw(:DEFAULT :mode); use POSIX ();
binmode STDIN; binmode STDOUT; $| = 0; umask 077;
$SIG{PIPE} = 'DEFAULT';
$ENV{PATH} = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'; $ENV{LC_ALL} = 'C';
my @in = do { local $/; split /\0/, scalar(<STDIN>), -1 }; pop @in;
my $nonce = shift @in; my $mode = shift @in; my $extra = shift @in;
my %limit; for (1 .. shift @in) { my $key = shift @in; $limit{$key} = shift @in }
my @targets; while (@in) { push @targets, [splice @in, 0, 6] }
my $top = $ENV{AW_TOP}; my $made = 0;
my $O_NOFOLLOW = O_NOFOLLOW; my $O_DIRECTORY = O_DIRECTORY;

sub out { my ($kind, $bytes) = @_; print STDOUT $kind, pack('N', length $bytes), $bytes or exit 1 }
# A name may look like a number.
my %isText = map { $_ => 1 } qw(path name owner command branch account why head kind format readAs type failed);
sub text { my ($s) = @_; $s =~ s/([^ !#-\[\]-~])/sprintf '\\u%04x', ord $1/ge; qq("$s") }
sub json {
  my ($v) = @_;
  return 'null' unless defined $v;
  return '[' . join(',', map { json($_) } @$v) . ']' if ref $v eq 'ARRAY';
  return '{' . join(',', map { text($_) . ':' . ($isText{$_} ? text($v->{$_} // '') : json($v->{$_})) } sort keys %$v) . '}' if ref $v eq 'HASH';
  return $v =~ /^(?:0|[1-9][0-9]{0,14})\z/ ? $v : text($v);
}

my (%ours, %account, %group);
while (my @p = getpwent) {
  $account{$p[0]} = { name => $p[0], uid => $p[2], gid => $p[3], home => $p[7], groups => [$p[3]] };
  $ours{$p[2]} = $account{$p[0]} if $p[2] >= 1000 && ($p[0] =~ /^(?:agt|op)--/ || $p[0] eq $extra);
}
while (my @g = getgrent) {
  $group{$g[0]} = $g[2];
  for my $member (split ' ', $g[3]) { push @{ $account{$member}{groups} }, $g[2] if $account{$member} && defined $account{$member}{uid} }
}
sub root { $> = 0; $) = '0 0'; $> == 0 or die "root\n" }
sub become {
  my ($who) = @_;
  root();
  my @groups = @{ $who->{groups} };
  $) = join ' ', $groups[0], @groups;
  $> = $who->{uid};
  $> == $who->{uid} && $who->{uid} > 0 or die "account\n";
}
# Who reads a tree. Where there is no such account (a machine of the reference): nobody, with the group of the tree.
sub reader {
  my ($name, $group) = @_;
  my @more = defined $group{$group} ? ($group{$group}) : ();
  my $who = $account{$name};
  return { name => 'nobody', uid => 65534, groups => [@more ? @more : 65534] } unless $who && defined $who->{uid} && $who->{uid} >= 1000;
  return { %$who, groups => [@{ $who->{groups} }, @more] };
}

# Words before a command line that take it into the slice of an account, with its limits.
my %enter;
sub slice {
  my ($who) = @_;
  my $key = "$who->{name} $who->{uid}";
  return @{ $enter{$key} } if $enter{$key};
  open my $words, '-|', 'bash', '-c', $ENV{AW_SLICE}, 'bash', $who->{name}, $who->{uid} or die "slice\n";
  local $/; my $said = <$words> // ''; close $words;
  $enter{$key} = [split /\0/, $said];
  return @{ $enter{$key} };
}
# Runs as an account in a process namespace of root's; what it starts ends with it. Returns its code, or streams its output.
sub contained {
  my ($who, $seconds, $script, $sink, @args) = @_;
  root();
  my @groups = @{ $who->{groups} };
  my @command = ('timeout', '-s', 'KILL', $seconds, 'unshare', '--pid', '--fork', '--', 'sh', '-c', '"$@"; exit "$?"', 'sh',
    slice($who), 'setpriv', "--reuid=$who->{uid}", "--regid=$groups[0]", '--groups=' . join(',', @groups), '--no-new-privs', '--reset-env', '--',
    'sh', '-c', $script, 'sh', @args);
  pipe(my $from, my $to) or die "pipe\n";
  my $pid = fork; defined $pid or die "fork\n";
  if (!$pid) {
    close $from; chdir '/';
    open STDIN, '<', '/dev/null'; open STDERR, '>', '/dev/null';
    open STDOUT, '>&', $sink ? $to : \*STDERR; close $to;
    exec 'sh', '-c', 'ulimit -c 0 -f ' . ($limit{fileBlocks} // 1048576) . '; exec "$@"', 'sh', @command or POSIX::_exit(127);
  }
  close $to;
  if ($sink) { while (1) { my $n = sysread $from, my $bytes, 262144; last unless $n; $sink->($bytes) } }
  close $from; waitpid $pid, 0;
  return $? >> 8 || $? & 127;
}
`;
