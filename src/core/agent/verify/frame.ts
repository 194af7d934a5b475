/*
 * Perl text of `agent verify`: the frame that the attempts run in. It arrives on stdin of a root process with a clean
 * environment; what it is told stands behind __DATA__, values in hexadecimal.
 *
 * The account that is verified may be hostile and look on. So an attempt never is a program that it could trace, stop
 * or end:
 *   guarded  the account's effective uid and all its groups decide what it may do, as in a session; its real uid is
 *            nobody's, so that the kernel lets the account neither signal nor trace it
 *   whole    the account's uid throughout, for programs that look at the real one (sudo, su, crontab); started from
 *            root's process without a program of the account in between, and themselves set-uid
 *   root     looks at facts, and judges what the others did by what root can see
 * Answers come through pipes that only these processes hold.
 */
export const frame = String.raw`use strict;
use warnings;
use Errno qw(EACCES EPERM ENOENT ELOOP ETXTBSY EROFS ECONNREFUSED EINPROGRESS EISCONN);
use Fcntl qw(:DEFAULT :mode);
use POSIX ();
use Socket;

umask 077;
chdir '/';
%ENV = (PATH => '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL => 'C');
my %given;
while (my $line = <DATA>) {
  chomp $line;
  my ($kind, @values) = split /\t/, $line, -1;
  push @{ $given{$kind} }, [map { pack 'H*', $_ } @values];
}
sub given { return @{ $given{ $_[0] } || [] } }
my ($nonce, $user, $admin, $sockets, $keys, $parent) = map { $given{$_}[0][0] } qw(nonce user admin sockets keys parent);
my $is_quick = given('quick') > 0;
my $mark = ".agentworks-verify-$nonce";
my (undef, undef, $uid, $gid, undef, undef, undef, $home) = getpwnam $user;
defined $uid or exit 94;
my @groups = (split ' ', first_line('id', '-G', '--', $user));
my @jobs;
my $out;
$SIG{$_} = sub { kill 'KILL', map { $_->{pid} } @jobs; remove_canary(); POSIX::_exit(99) } for qw(TERM INT HUP);
my %seen;

sub first_line {
  open my $in, '-|', @_ or return '';
  my $line = <$in>;
  close $in;
  return defined $line ? $line : '';
}

# What became of a check: ok, broken, untried, or disturbed when somebody stopped the attempt.
sub tell_of {
  my ($id, $verdict, $tried, $detail) = @_;
  $seen{$id}{told} = 1;
  syswrite $out, join("\t", $id, $verdict, $tried, unpack('H*', substr $detail, 0, 600)) . "\n";
}
sub attempt {
  my ($id, $what, $won) = @_;
  $seen{$id}{tried}++;
  push @{ $seen{$id}{won} }, $what if $won;
  return $won;
}
sub unable { my ($id, $why) = @_; $seen{$id}{why} = $why; }
sub answer {
  for my $id (@_) {
    my $about = $seen{$id} || {};
    my @won = @{ $about->{won} || [] };
    my $tried = $about->{tried} || 0;
    if (@won) {
      my $more = @won > 3 ? '; and ' . (@won - 3) . ' more' : '';
      tell_of($id, 'broken', $tried, join('; ', grep { defined } @won[0 .. 2]) . $more);
    }
    elsif ($tried) { tell_of($id, 'ok', $tried, ''); }
    else { tell_of($id, 'untried', 0, $about->{why} || 'there is nothing of the kind on this machine'); }
  }
}
sub fact { my ($id, $holds, $detail) = @_; tell_of($id, $holds ? 'ok' : 'broken', 1, $holds ? '' : $detail); }

sub become {
  my ($how, $as_gid, @as_groups) = @_;
  return if $how eq 'root';
  ($as_gid, @as_groups) = ($gid, @groups) unless defined $as_gid;
  @as_groups = ($as_gid) unless @as_groups;
  POSIX::setgid($as_gid);
  $) = "$as_gid @as_groups";
  if ($how eq 'whole') { POSIX::setuid($uid); }
  else { $< = 65533; $> = $uid; }
  open my $status, '<', '/proc/self/status' or POSIX::_exit(98);
  my $text = join '', <$status>;
  close $status;
  my $wanted = $how eq 'whole' ? qr/^Uid:\t$uid\t$uid\t$uid\t$uid$/m : qr/^Uid:\t65533\t$uid\t\d+\t$uid$/m;
  POSIX::_exit(98) unless $text =~ $wanted && $text =~ /^CapEff:\t0+$/m;
}

# Begins the code in a process of its own; it answers for these checks within so many seconds.
sub job {
  my ($how, $seconds, $ids, $code) = @_;
  pipe my $in, my $to or exit 95;
  my $pid = fork;
  exit 95 unless defined $pid;
  if ($pid == 0) {
    close $in;
    $out = $to;
    $SIG{$_} = 'DEFAULT' for qw(TERM INT HUP);
    become($how);
    eval { $code->(); 1 } or POSIX::_exit(97);
    answer(grep { !$seen{$_} || !$seen{$_}{told} } @$ids);
    POSIX::_exit(0);
  }
  close $to;
  push @jobs, { pid => $pid, in => $in, ids => $ids, text => '', by => time + $seconds };
}

sub collect {
  my %open = map { fileno($_->{in}) => $_ } @jobs;
  while (%open) {
    my $bits = '';
    vec($bits, $_, 1) = 1 for keys %open;
    select $bits, undef, undef, 0.2;
    for my $fd (keys %open) {
      my $job = $open{$fd};
      if (time > $job->{by}) { kill 'KILL', $job->{pid}; $job->{late} = 1; delete $open{$fd}; next; }
      next unless vec $bits, $fd, 1;
      delete $open{$fd} unless sysread $job->{in}, $job->{text}, 65536, length $job->{text};
    }
  }
  for my $job (@jobs) {
    waitpid $job->{pid}, 0;
    my $code = $?;
    my %told;
    for my $line (split /\n/, $job->{text}) {
      print "$nonce\t$line\n";
      $told{ (split /\t/, $line)[0] } = 1;
    }
    for my $id (grep { !$told{$_} } @{ $job->{ids} }) {
      my $why = $job->{late} ? 'the attempt did not come to an end in time'
        : $code & 127 ? 'the attempt was ended by signal ' . ($code & 127)
        : $code ? 'the attempt could not be made (code ' . ($code >> 8) . ')' : 'there is nothing of the kind on this machine';
      print join("\t", $nonce, $id, $job->{late} || $code ? 'disturbed' : 'untried', 0, unpack('H*', $why)) . "\n";
    }
  }
}

our $program_as = 'whole';
# Runs a program as the account, whole unless told, or with other groups; its status and what it said. Status -1: ended by us.
sub program {
  my ($seconds, $as_gid, @argv) = @_;
  pipe my $in, my $to or return (-1, '');
  my $pid = fork;
  return (-1, '') unless defined $pid;
  if ($pid == 0) {
    POSIX::setsid();
    open STDIN, '<', '/dev/null';
    open STDOUT, '>&', $to;
    open STDERR, '>&', $to;
    %ENV = (%ENV, HOME => $home, USER => $user, LOGNAME => $user);
    become($program_as, defined $as_gid ? ($as_gid, $as_gid) : ());
    { no warnings; exec { $argv[0] } @argv; }
    POSIX::_exit(127);
  }
  close $to;
  my ($text, $by) = ('', time + $seconds);
  for (;;) {
    my $bits = '';
    vec($bits, fileno $in, 1) = 1;
    my $ready = select $bits, undef, undef, 0.2;
    if ($ready && $ready > 0) { last unless sysread $in, $text, 4096, length $text; }
    if (time > $by || length $text > 65536) {
      kill 'KILL', -$pid, $pid;
      waitpid $pid, 0;
      return (-1, $text);
    }
  }
  waitpid $pid, 0;
  return ($?, $text);
}
sub installed { for (split /:/, $ENV{PATH}) { return "$_/$_[0]" if -x "$_/$_[0]" } return undef; }

# Attempts. None opens anything but files, folders and sockets, none waits, and none follows a link.
sub may_list { opendir my $dir, $_[0] or return 0; closedir $dir; return 1; }
sub may_enter { return 1 if lstat "$_[0]/$mark"; return $! == ENOENT; }
sub may_read { sysopen my $file, $_[0], O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY or return 0; close $file; return 1; }
# Of a process: one that has ended opens, and is empty.
sub may_read_some {
  sysopen my $file, $_[0], O_RDONLY | O_NONBLOCK or return 0;
  my $got = sysread $file, my $text, 1;
  close $file;
  return $got;
}
sub may_write {
  sysopen my $file, $_[0], O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY or return $! == ETXTBSY;
  close $file;
  return 1;
}
sub may_create {
  sysopen my $file, "$_[0]/$mark", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW or return 0;
  close $file;
  unlink "$_[0]/$mark";
  return 1;
}
sub may_connect {
  return 0 if length $_[0] > 107;
  socket my $end, PF_UNIX, SOCK_STREAM, 0 or return 0;
  return connect $end, pack_sockaddr_un($_[0]);
}
# By root, of folders whose own name nobody else can exchange: names with their kind.
sub children_of {
  my ($folder) = @_;
  opendir my $dir, $folder or return ();
  my @found;
  for my $name (readdir $dir) {
    next if $name eq '.' || $name eq '..';
    my $mode = (lstat "$folder/$name")[2];
    push @found, [$folder . '/' . $name, $mode] if defined $mode;
    last if @found >= 300;
  }
  closedir $dir;
  return @found;
}
sub try_child {
  my ($id, $path, $mode) = @_;
  if (S_ISDIR($mode)) { attempt($id, "list $path", may_list($path)); attempt($id, "write in $path", may_create($path)); }
  elsif (S_ISREG($mode)) { attempt($id, "read $path", may_read($path)); attempt($id, "write $path", may_write($path)); }
  elsif (S_ISSOCK($mode)) { attempt($id, "connect to $path", may_connect($path)); }
}
sub try_folder {
  my ($id, $folder, @children) = @_;
  attempt($id, "list $folder", may_list($folder));
  attempt($id, "enter $folder", may_enter($folder));
  attempt($id, "write in $folder", may_create($folder));
  try_child($id, @$_) for @children;
}
`;
