/** Part of the collector: processes, transcripts, and the two modes. Perl. */
export const mainPart: string = String.raw`# Processes of our accounts that stand in the tree or have a file of it open.
sub processes {
  my ($path, $uid) = @_;
  root();
  my @found;
  opendir my $proc, '/proc' or return [];
  for my $pid (grep { /^[0-9]+\z/ } readdir $proc) {
    my @st = stat "/proc/$pid" or next;
    next unless $ours{$st[4]} && $pid != $$;
    my $hit = defined $uid && $st[4] == $uid;
    unless ($hit || $path eq '') {
      for my $link ("/proc/$pid/cwd", "/proc/$pid/root", glob "/proc/$pid/fd/*") {
        my $to = readlink $link; next unless defined $to;
        if ($to eq $path || index($to, "$path/") == 0) { $hit = 1; last }
      }
    }
    next unless $hit;
    open my $fh, '<', "/proc/$pid/comm" or next; my $command = <$fh> // ''; chomp $command;
    open $fh, '<', "/proc/$pid/stat" or next; my $stat = <$fh> // '';
    next if $stat =~ /\) [ZX] / || $command =~ /^tmux: /;
    push @found, { pid => $pid, account => $ours{$st[4]}{name}, command => $command };
  }
  return \@found;
}

sub survey {
  my ($target) = @_;
  my ($kind, $name, $path, $reader, $group, $more) = @$target;
  $report = { kind => $kind, name => $name, repositories => [], unreadable => [], leftOut => [], changing => [], counts => {}, treeBytes => 0, treeFiles => 0,
    ignoredBytes => 0, leftOutBytes => 0, overLimit => 0, overLimitBytes => 0, repositoryCount => 0, gitSeconds => 0, work => [], modules => [] };
  if ($kind eq 'home') { $path = $account{$reader} && defined $account{$reader}{home} ? $account{$reader}{home} : '/nonexistent' }
  $report->{path} = $path; $rootPath = $path; $repo = undef; %seen = ();
  $who = reader($reader, $group);
  $report->{readAs} = $who->{name};
  $report->{processes} = processes($path, $kind eq 'home' ? $who->{uid} : undef) unless $emit;
  root();
  my @st = lstat $path;
  $report->{exists} = @st && S_ISDIR($st[2]) ? 1 : 0;
  return unless $report->{exists};
  chdir '/'; become($who);
  my ($names, $as) = enter($path);
  if (!$names) { cannot('.', $path); root(); return }
  { local $who = $as; walk('', $names, $path, $kind, 0) }
  become($who);
  for (@{ $report->{modules} }) {
    my ($rel, $absolute) = @$_;
    next if $seen{$absolute};
    my $one = look($rel, $absolute, '', 'all') or next;
    push @{ $report->{work} }, { %$one, base => $rel };
  }
  root(); chdir '/';
}
sub plainReport {
  my %r = %$report; delete @r{qw(work modules)};
  for my $one (@{ $report->{work} }) { $one->{facts}{untracked} = $one->{untracked} // 0 }
  return json(\%r);
}
sub hashed {
  my ($member) = @_;
  pipe(my $fromHash, my $hashOut) or die; pipe(my $hashIn, my $toHash) or die;
  my $pid = fork; defined $pid or die "fork\n";
  if (!$pid) { close $toHash; close $fromHash; open STDIN, '<&', $hashIn; open STDOUT, '>&', $hashOut; exec 'sha256sum' or POSIX::_exit(127) }
  close $hashIn; close $hashOut; binmode $toHash; my $bytes = 0;
  out('M', json($member));
  return (sub { my ($b) = @_; return if $b eq ''; out('D', $b); $bytes += length $b; my $o = 0; while ($o < length $b) { $o += syswrite $toHash, $b, length($b) - $o, $o or die "hash\n" } },
    sub { my ($code, %more) = @_; root(); close $toHash; my $sum = <$fromHash> // ''; waitpid $pid, 0; out('E', json({ code => $code, bytes => $bytes, sha256 => substr($sum, 0, 64), %more })) });
}
# Into files: a tmux client hands its output to the server, which could hold a pipe open.
sub session {
  my ($target) = @_;
  my (undef, $name, $socket, $account, undef, $log) = @$target;
  my $reader = reader($account, '');
  return if $reader->{name} eq 'nobody';
  my $s = "$top/t" . $made++;
  mkdir $s, 0700 or die "folder\n"; chown $reader->{uid}, $reader->{groups}[0], $s;
  contained($reader, 20, $ENV{AW_TRANSCRIPT}, undef, $s, $socket, $name, $log, $reader->{home});
  for my $part (qw(log screen)) {
    become($reader); my $content = slurp("$s/$part", 67108864); root();
    next unless defined $content && $content =~ /\S/;
    my ($put, $end) = hashed({ type => $part, kind => 'session', name => $name, path => '' });
    $put->(substr $content, 0, 262144, '') while length $content;
    $end->(0);
  }
  # The next session needs the room.
  become($reader); unlink "$s/log", "$s/screen"; root();
}
# The Git directory of a repository that could not be bundled, as it is.
sub rawGit {
  my ($target, $one) = @_;
  $report->{treeBytes} = 0;
  my ($put, $end) = hashed({ type => 'git', kind => $target->[0], name => $target->[1], path => $one->{facts}{path} });
  $emit = $put; $who = reader($target->[3], $target->[4]); $repo = undef;
  my $ok = eval {
    chdir '/'; become($who);
    my @parts = ($rootPath, split m{/}, $one->{base});
    my $at = '';
    for my $part (@parts) { my ($n, $as) = enter($part) or die "cannot enter\n"; $who = $as }
    takeAll('.git', $one->{facts}{bare} ? '.' : '.git', 'git', 0);
    1;
  };
  root(); chdir '/'; $put->("\0" x 1024); $emit = undef; $end->($ok ? 0 : 1);
}
sub needed { my ($facts) = @_; return $facts->{changed} || $facts->{ahead} || $facts->{stashes} }

print STDOUT "$nonce\n";
if ($mode eq 'survey') {
  # All at the same time; each writes to a file of its own.
  my @children;
  for my $i (0 .. $#targets) {
    my $pid = fork; defined $pid or die "fork\n";
    if (!$pid) {
      my $ok = eval { survey($targets[$i]); 1 }; my $error = $@; root();
      open my $fh, '>', "$top/r$i" or POSIX::_exit(1);
      print $fh $ok ? plainReport() : json({ kind => $targets[$i][0], name => $targets[$i][1], failed => $error }); close $fh;
      POSIX::_exit(0);
    }
    push @children, $pid;
    if (@children >= 8) { waitpid shift @children, 0 }
  }
  waitpid $_, 0 for @children;
  for my $i (0 .. $#targets) { open my $fh, '<', "$top/r$i" or next; local $/; out('R', scalar <$fh>) }
} else {
  for my $target (@targets) {
    if ($target->[0] eq 'session') { session($target); next }
    my ($put, $end) = hashed({ type => 'tree', kind => $target->[0], name => $target->[1] });
    $emit = $put;
    my $ok = eval { survey($target); 1 }; my $error = $@;
    root();
    $put->("\0" x 1024) if $ok;
    $emit = undef;
    $end->($ok ? 0 : 1, $ok ? () : (failed => $error));
    my $files = $report->{work};
    for my $one (@$files) {
      next unless needed($one->{facts}) || $one->{untracked} || $one->{changedFiles};
      my %member = (kind => $target->[0], name => $target->[1], path => $one->{facts}{path});
      for my $list (qw(index-list changed deleted packed-refs shallow)) {
        become($one->{reader});
        my $content = slurp($list =~ /^(?:packed-refs|shallow)\z/ ? "$one->{shadow}/repo/$list" : "$one->{shadow}/$list", 268435456);
        root();
        next unless defined $content && $content ne '';
        my ($p, $e) = hashed({ %member, type => $list }); $p->(substr $content, 0, 262144, '') while length $content; $e->(0);
      }
      become($one->{reader}); my $refs = slurp("$one->{shadow}/repo/packed-refs", 16); root();
      next unless defined $refs && $refs ne '';
      my ($p, $e) = hashed({ %member, type => 'bundle' });
      my $code = contained($one->{reader}, $limit{bundleSeconds}, $bundleScript, $p, $one->{shadow});
      $e->($code);
      if ($code != 0) { $one->{facts}{status} = 'raw'; $one->{facts}{why} = 'bundle'; rawGit($target, $one) }
    }
    out('R', plainReport());
  }
}
out('Z', '');
close STDOUT;
`;
