/** Perl text, after `looking`: attempts to change what is others', and to become somebody else. */
export const acting = String.raw`
my @write_checks = qw(write-system write-folders write-keys);
sub try_to_write {
  my ($folder, $depth, $budget) = @_;
  opendir my $dir, $folder or return;
  for my $name (readdir $dir) {
    next if $name eq '.' || $name eq '..' || $$budget-- <= 0;
    my $path = "$folder/$name";
    my $mode = (lstat $path)[2];
    next unless defined $mode;
    if (S_ISREG($mode)) { attempt('write-system', "write $path", may_write($path)); }
    elsif (S_ISDIR($mode)) {
      attempt('write-folders', "write in $path", may_create($path));
      try_to_write($path, $depth - 1, $budget) if $depth > 0;
    }
  }
}
job('guarded', 8, \@write_checks, sub {
  my $budget = $is_quick ? 4000 : 20000;
  try_to_write($_, 6, \$budget) for qw(/etc /usr/local /usr/bin /usr/sbin);
  for my $folder (qw(/ /boot /etc /home /lib /opt /opt/agentworks /root /run /run/agentworks /run/systemd /run/systemd/system /srv /usr /usr/bin /usr/lib /usr/lib/systemd/system /usr/local/bin /usr/sbin /var /var/lib /var/lib/agentworks /var/log /var/spool/cron /var/spool/cron/crontabs /var/spool/cron/atjobs /sys/fs/cgroup), $parent) {
    next unless -d $folder || $! == EACCES;
    attempt('write-folders', "write in $folder", may_create($folder));
  }
  for my $path ("$keys/$user", "$keys/$admin", (map { "$keys/$_" } @others), (getpwnam $admin)[7] . '/.ssh/authorized_keys', '/root/.ssh/authorized_keys') {
    attempt('write-keys', "write $path", may_write($path));
  }
  attempt('write-keys', "write in $keys", may_create($keys));
});

# Tries to run a program as somebody else by a set-uid one.
sub try_switch {
  my ($id, $name, @ways) = @_;
  my $path = installed($name) or return unable($id, "$name is not installed");
  for my $way (@ways) {
    my ($status) = program(6, undef, $path, @$way);
    return tell_of($id, 'disturbed', 1, "$name was ended before it answered") if $status == -1 || $status & 127;
    attempt($id, "run $name @$way", $status == 0);
  }
}
job('root', 15, ['root-sudo'], sub {
  try_switch('root-sudo', 'sudo', map { ['-n', '-u', $_, '/bin/true'] } 'root', $admin, @others ? $others[0] : ());
});
for my $tool (['schedule-cron', 'crontab', qr/not allowed/], ['schedule-at', 'at', qr/permission/]) {
  my ($id, $name, $refused) = @$tool;
  job('root', 12, [$id], sub {
    my $path = installed($name) or return tell_of($id, 'untried', 0, "$name is not installed");
    my ($status, $text) = program(5, undef, $path, '-l');
    return tell_of($id, 'disturbed', 1, "$name was ended before it answered") if $status & 127 || $status == -1;
    attempt($id, "use $name", $text !~ $refused);
  });
}

# A copy of a program that carries a group would hand it out again after the group was taken away.
job('root', 12, ['setgid-copies'], sub {
  my @places = map { [$_, 65534] } $home, qw(/tmp /var/tmp /dev/shm /run/lock), "/run/user/$uid", $is_quick ? () : world_writable();
  # A workspace is entered with its group; what is carried out of it, or into it, is another one.
  my @within = grep { defined $_->[1] } map { [$_->[1], scalar getgrnam "ws--$_->[0]"] } grep { defined } (given('granted'))[0 .. 4];
  my $carried = @within && grep({ $_ == $within[0][1] } @groups) ? $within[0][1] : $gid;
  my %done;
  for my $place (grep { -d $_->[0] && !-l $_->[0] && !$done{ $_->[0] }++ } @places, @within) {
    my ($folder, $as_gid) = @$place;
    my $group = $as_gid == 65534 ? $carried : $gid;
    my $is_made = as_account(sub {
      open my $from, '<', '/usr/bin/id' or return 0;
      sysopen my $to, "$folder/$mark", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0755 or return 0;
      local $/;
      print $to scalar <$from>;
      close $to;
      return chown(-1, $group, "$folder/$mark") && chmod 02755, "$folder/$mark";
    });
    if ($is_made) {
      my ($status, $text) = program(3, $as_gid, "$folder/$mark", '-g');
      attempt('setgid-copies', "gain group $group by a copy in $folder", $status == 0 && $text =~ /^$group$/m);
    }
    as_account(sub { unlink "$folder/$mark" });
  }
});
sub as_account {
  my ($code) = @_;
  my $pid = fork;
  if (defined $pid && $pid == 0) { become('whole'); POSIX::_exit($code->() ? 0 : 1); }
  waitpid $pid, 0;
  return $? == 0;
}
sub world_writable {
  my @found;
  my @todo = map { [$_, 3] } qw(/var /run /opt /srv /mnt /media /usr/local);
  while (my $next = shift @todo) {
    my ($folder, $depth) = @$next;
    next if $folder eq '/run/user' || $folder eq $parent;
    opendir my $dir, $folder or next;
    for my $name (readdir $dir) {
      next if $name eq '.' || $name eq '..';
      my $mode = (lstat "$folder/$name")[2];
      next unless defined $mode && S_ISDIR($mode);
      if ($mode & 0002) { push @found, "$folder/$name"; next; }
      push @todo, ["$folder/$name", $depth - 1] if $depth > 0;
    }
  }
  return @found;
}

unless ($is_quick) {
  # systemd knows the command lines of all units, whatever /proc hides.
  job('root', 15, ['process-units'], sub {
    my $systemctl = installed('systemctl');
    return unable('process-units', 'systemd does not run here') unless $systemctl && -d '/run/systemd/system';
    my %is_foreign = map { $_ => 1 } @foreign;
    local $program_as = 'guarded';
    my (undef, $said) = program(8, undef, $systemctl, 'status', '--no-pager', '--full', 'init.scope', 'system.slice', 'user.slice');
    my @told = grep { $is_foreign{$_} } $said =~ /^[^\w]*?(\d+) \S/mg;
    attempt('process-units', @told ? "be told of process $told[0] and " . (@told - 1) . ' more' : '', @told > 0);
  });
  job('root', 15, ['root-su'], sub { try_switch('root-su', 'su', ['-c', '/bin/true', 'root']) });
  job('root', 15, ['root-pkexec'], sub { try_switch('root-pkexec', 'pkexec', ['--disable-internal-agent', '/bin/true']) });
  job('root', 30, ['root-setuid'], sub {
    my @found = lines_of("\0", 'timeout', '20', 'find', '/', '-xdev', '(', (map { ('-path', $_, '-o') } qw(/home /tmp /var/tmp), $parent), '-path', '/proc', ')', '-prune', '-o', '-type', 'f', '-perm', '/6000', '-print0');
    # A merged /usr leaves a package's list with the old name.
    my %is_known = map { /: (\/.*)$/ ? ($1 => 1) : () } lines_of("\n", 'dpkg', '-S', map { m{^/usr(/(?:bin|sbin|lib)/.*)} ? ($_, $1) : $_ } @found);
    for my $path (@found) {
      (my $old = $path) =~ s{^/usr/(bin|sbin|lib)/}{/$1/};
      my $can = as_agent_sees(sub { may_write($path) ? 2 : -x $path ? 1 : 0 });
      attempt('root-setuid', "write the set-uid program $path", $can == 2);
      attempt('root-setuid', "run $path, a set-uid program that no package brought", $can == 1 && !$is_known{$path} && !$is_known{$old});
    }
  });
  job('guarded', 6, ['network-operator'], sub {
    my @ends;
    for my $address (given('address')) {
      my ($name, $port) = @$address;
      my $is_new = $name =~ /:/;
      my $number = Socket::inet_pton($is_new ? AF_INET6 : AF_INET, $name) or next;
      my $target = $is_new ? Socket::pack_sockaddr_in6($port, $number) : pack_sockaddr_in($port, $number);
      socket my $end, $is_new ? PF_INET6 : PF_INET, SOCK_STREAM, 0 or next;
      fcntl $end, F_SETFL, O_NONBLOCK;
      $! = 0;
      connect $end, $target;
      push @ends, [$end, "reach $name port $port", $target, $! == ECONNREFUSED];
    }
    unable('network-operator', 'what the network of this machine lets it reach is set by its owner') unless @ends;
    select undef, undef, undef, 2 if @ends;
    for my $end (@ends) {
      my ($socket, $what, $target, $refused) = @$end;
      # A refusal is an answer, too: what was sent has arrived.
      my $reached = $refused || connect($socket, $target) || $! == EISCONN || $! == ECONNREFUSED;
      attempt('network-operator', $what, $reached);
    }
  });
}
sub lines_of {
  my ($end, @argv) = @_;
  my $pid = open my $in, '-|';
  return () unless defined $pid;
  if ($pid == 0) { open STDERR, '>', '/dev/null'; { no warnings; exec @argv; } POSIX::_exit(127); }
  local $/ = $end;
  my @lines = <$in>;
  close $in;
  chomp @lines;
  return @lines;
}
sub as_agent_sees {
  my ($code) = @_;
  my $pid = fork;
  if (defined $pid && $pid == 0) { become('guarded'); POSIX::_exit($code->()); }
  waitpid $pid, 0;
  return $? >> 8;
}
`;
