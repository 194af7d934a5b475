/*
 * Fixed Perl of our own for the far side of the OpenSSH adapter: one process that runs many commands at the same time
 * and carries their streams over its own. `perl-base` is on every Debian; bash cannot carry any bytes of several
 * streams. No text here has a quote or a backslash, so that it passes every login shell as one word.
 *
 * A frame is a letter, the channel and the payload's length (both 32 bit, network order), and the payload.
 *   to the machine:    R script   I stdin   F (end of stdin)   W stream + bytes   S signal   C (forget it)
 *   from the machine:  O stdout   E stderr (empty: its end)   A bytes of stdin taken   X code   N reason, not started
 */

/** Bytes that one stream may be ahead of its reader. */
export const windowBytes = 256 * 1024;
/** Longest payload but that of `R`. */
export const frameBytes = 32 * 1024;

/**
 * Arguments: the two halves of the mark that begins the frames; what start-up files printed stands before it. It ends with its stdin,
 * and ends all commands then. A command's first process is waited for last, so that its group can be signalled until
 * then without hitting another one.
 */
export const muxAgent = `use strict; use POSIX (); use Errno; use Fcntl;
my $mark = join "", splice(@ARGV, 0, 2);
my $window = ${windowBytes};
my $chunk = ${frameBytes};
my ($in, $out) = ("", pack("a*C", $mark, 10));
my %channels;
$SIG{PIPE} = "IGNORE";
$SIG{CHLD} = sub {};
sub free { my $h = shift; binmode $h; fcntl($h, F_SETFL, fcntl($h, F_GETFL, 0) | O_NONBLOCK); }
free(*STDIN); free(*STDOUT);
sub emit { my ($type, $id, $data) = @_; $out .= pack("aNN", $type, $id, length $data) . $data; }
sub later { $!{EAGAIN} || $!{EINTR} || $!{EWOULDBLOCK} }
sub start {
  my ($id, $script) = @_;
  my @pipes;
  for (0 .. 2) { pipe(my $r, my $w) or return emit("N", $id, "$!"); push @pipes, $r, $w; }
  my $pid = fork;
  return emit("N", $id, "$!") unless defined $pid;
  if (!$pid) {
    setpgrp(0, 0);
    $SIG{PIPE} = $SIG{CHLD} = "DEFAULT";
    open(STDIN, "<&", $pipes[0]) && open(STDOUT, ">&", $pipes[3]) && open(STDERR, ">&", $pipes[5])
      && exec("/bin/sh", "-c", $script);
    POSIX::_exit(126);
  }
  setpgrp($pid, $pid);
  free($_) for @pipes[1, 2, 4];
  $channels{$id} = { pid => $pid, in => $pipes[1], O => $pipes[2], E => $pipes[4],
    left => { O => $window, E => $window }, pending => "" };
}
sub feed {
  my ($id, $c) = @_;
  if ($c->{in} && length $c->{pending}) {
    my $n = syswrite($c->{in}, $c->{pending}, 65536);
    if ($n) { substr($c->{pending}, 0, $n) = ""; emit("A", $id, pack("N", $n)); }
    elsif (!later()) { shut($id, $c); }
  }
  delete $c->{in} if $c->{isEnded} && !length $c->{pending};
}
sub shut {
  my ($id, $c) = @_;
  emit("A", $id, pack("N", length $c->{pending})) if length $c->{pending};
  $c->{pending} = "";
  delete $c->{in};
}
sub drain {
  my ($id, $c, $name) = @_;
  my $size = $c->{left}{$name} < $chunk ? $c->{left}{$name} : $chunk;
  my $n = sysread($c->{$name}, my $data, $size);
  return if !defined $n && later();
  emit($name, $id, $n ? $data : "");
  if ($n) { $c->{left}{$name} -= $n; } else { delete $c->{$name}; }
}
sub take {
  my ($type, $id, $data) = @_;
  return start($id, $data) if $type eq "R";
  my $c = $channels{$id} or return;
  if ($type eq "I") { $c->{pending} .= $data; $c->{in} ? feed($id, $c) : shut($id, $c); }
  elsif ($type eq "F") { $c->{isEnded} = 1; feed($id, $c); }
  elsif ($type eq "W") { my ($name, $n) = unpack("aN", $data); $c->{left}{$name} += $n; }
  elsif ($type eq "S") { kill $data, -$c->{pid}; }
  elsif ($type eq "C") { shut($id, $c); delete $c->{O}; delete $c->{E}; }
}
sub reap {
  for my $id (keys %channels) {
    my $c = $channels{$id};
    next if $c->{O} || $c->{E} || waitpid($c->{pid}, POSIX::WNOHANG()) != $c->{pid};
    emit("X", $id, pack("N", ($? & 127) ? 128 + ($? & 127) : $? >> 8));
    delete $channels{$id};
  }
}
sub finish {
  for my $signal ("TERM", "KILL") {
    kill $signal, map { -$_->{pid} } values %channels;
    delete @{$_}{"in", "O", "E"} for values %channels;
    for (1 .. 15) { reap(); exit 0 unless %channels; select(undef, undef, undef, 0.02); }
  }
  exit 0;
}
for (;;) {
  my ($r, $w, $wait) = ("", "", 5);
  vec($r, 0, 1) = 1;
  vec($w, 1, 1) = 1 if length $out;
  my $mayRead = length $out < 1048576;
  for my $c (values %channels) {
    for ("O", "E") { vec($r, fileno $c->{$_}, 1) = 1 if $mayRead && $c->{$_} && $c->{left}{$_} > 0; }
    vec($w, fileno $c->{in}, 1) = 1 if $c->{in} && length $c->{pending};
    $wait = 0.02 if !$c->{O} && !$c->{E};
  }
  ($r, $w) = ("", "") unless select($r, $w, undef, $wait) > 0;
  if (vec($r, 0, 1)) {
    my $n = sysread(STDIN, $in, 262144, length $in);
    finish() if defined $n ? !$n : !later();
    while (length $in >= 9) {
      my ($type, $id, $size) = unpack("aNN", $in);
      last if length $in < 9 + $size;
      my $data = substr($in, 9, $size);
      substr($in, 0, 9 + $size) = "";
      take($type, $id, $data);
    }
  }
  for my $id (keys %channels) {
    my $c = $channels{$id};
    feed($id, $c) if $c->{in} && vec($w, fileno $c->{in}, 1);
    for ("O", "E") { drain($id, $c, $_) if $c->{$_} && $c->{left}{$_} > 0 && vec($r, fileno $c->{$_}, 1); }
  }
  reap();
  if (length $out) {
    my $n = syswrite(STDOUT, $out, 262144);
    if ($n) { substr($out, 0, $n) = ""; } elsif (!later()) { finish(); }
  }
}
`;

/** Arguments: host, port. Carries one TCP connection, as the machine sees it, over stdin and stdout. */
export const relay = `use strict; use Socket qw(:all);
my ($host, $port) = @ARGV;
my ($error, @found) = getaddrinfo($host, $port, { socktype => SOCK_STREAM });
my $socket;
for (@found) {
  socket(my $one, $_->{family}, $_->{socktype}, $_->{protocol}) or next;
  if (connect($one, $_->{addr})) { $socket = $one; last; }
}
exit 1 unless $socket;
sub carry {
  my ($from, $to) = @_;
  while (sysread($from, my $data, 65536)) {
    while (length $data) { my $n = syswrite($to, $data) or return; substr($data, 0, $n) = ""; }
  }
}
my $child = fork;
exit 1 unless defined $child;
if (!$child) { carry($socket, *STDOUT); exit 0; }
close STDOUT;
carry(*STDIN, $socket);
shutdown($socket, 1);
waitpid($child, 0);
`;
