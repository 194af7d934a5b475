/** Perl text, after `acting`: what root sees where an attempt makes no sense; then everything is collected. */
export const facts = String.raw`
my @fact_checks = qw(fact-home fact-sockets fact-password root-groups fact-hidepid fact-nosuid fact-linger grants-extra grants-missing grants-held);
push @fact_checks, 'fact-sshd' unless $is_quick;
sub mount_options {
  my ($path) = @_;
  my ($best, $options) = (-1, '');
  for my $line (split /\n/, join '', do { open my $file, '<', '/proc/self/mountinfo'; <$file> }) {
    my @field = split / /, $line;
    (my $point = $field[4]) =~ s/\\(\d{3})/chr oct $1/ge;
    next unless $point eq '/' || $path eq $point || index($path, "$point/") == 0;
    my ($super) = $line =~ / - \S+ \S+ (\S+)$/;
    ($best, $options) = (length $point, "$field[5],$super") if length $point >= $best;
  }
  return ",$options,";
}
job('root', 8, \@fact_checks, sub {
  my ($mode, $owner) = (lstat $home)[2, 4];
  fact('fact-home', defined $mode && S_ISDIR($mode) && $owner == $uid && ($mode & 07777) == 0700, sprintf '%s has mode %o', $home, ($mode || 0) & 07777);
  ($mode, $owner) = (lstat "$sockets/$user")[2, 4];
  if (defined $mode) { fact('fact-sockets', S_ISDIR($mode) && $owner == $uid && ($mode & 07777) == 0700, sprintf '%s has mode %o', "$sockets/$user", $mode & 07777); }
  else { tell_of('fact-sockets', 'untried', 0, 'it has no folder for terminal sockets yet'); }
  my $password = (getpwnam $user)[1];
  fact('fact-password', $password =~ /^[*!]/ && length $password < 3, 'a password would let somebody in');
  my %root_like = map { $_->[0] => 1 } given('rootlike');
  my @names = map { scalar getgrgid $_ } @groups;
  my @dangerous = grep { defined && $root_like{$_} } @names;
  fact('root-groups', !@dangerous, "it is in @dangerous");
  my $proc_options = mount_options('/proc');
  my $fstab = join '', do { open my $file, '<', '/etc/fstab' or (); defined $file ? <$file> : () };
  my $hides = $proc_options =~ /,hidepid=(2|invisible),/;
  fact('fact-hidepid', $hides && $fstab =~ m{^proc\s+/proc\s+proc\s.*hidepid=2}m, $hides ? '/etc/fstab does not say so, so it ends with the next boot' : '/proc is mounted without hidepid');
  my @with_suid = grep { -d $_ && mount_options($_) !~ /,nosuid,/ } map { $_->[0] } given('writable');
  fact('fact-nosuid', !@with_suid, "not so in @with_suid");
  my $lingers = -e "/var/lib/systemd/linger/$user";
  fact('fact-linger', !$lingers, "end it with loginctl disable-linger $user");

  my %granted = map { $_->[0] => 1 } given('granted');
  my @has = grep { defined && /^ws--/ } @names;
  my @extra = grep { !$granted{ substr $_, 4 } } @has;
  fact('grants-extra', !@extra, "it is in @extra");
  my %has = map { $_ => 1 } @has;
  my @missing = grep { !$has{"ws--$_"} } sort keys %granted;
  if (@missing) { tell_of('grants-missing', 'untried', 0, "the machine does not let it into @missing; run agent reinit"); }
  else { tell_of('grants-missing', 'ok', 1, ''); }

  my %closed_gid = map { my $id = getgrnam "ws--$_->[0]"; defined $id ? ($id => $_->[0]) : () } given('closed');
  my @trees = map { $_->[1] } given('closed');
  my (@held, $looked);
  opendir my $all, '/proc' or return;
  for my $pid (grep { /^\d+$/ } readdir $all) {
    my $status = status_of($pid);
    next unless $status->{Uid} =~ /\b$uid\b/ && $status->{Uid} !~ /\b65533\b/;
    $looked++;
    push @held, map { "process $pid has the group of $closed_gid{$_}" } grep { $closed_gid{$_} } split ' ', $status->{Groups};
    my @open = map { readlink $_ } "/proc/$pid/cwd", "/proc/$pid/root", glob "/proc/$pid/fd/*";
    for my $path (grep { defined } @open) {
      push @held, "process $pid keeps a file of $_ open" for grep { $path eq $_ || index($path, "$_/") == 0 } @trees;
    }
  }
  fact('grants-held', !@held, join '; ', grep { defined } @held[0 .. 2]);

  unless ($is_quick) {
    my $said = join "\n", lines_of("\n", '/usr/sbin/sshd', '-T', '-C', "user=$user,host=localhost,addr=127.0.0.1");
    my $is_ours = $said =~ m{^authorizedkeysfile \Q$keys\E/%u$}m && $said =~ /^passwordauthentication no$/m && $said =~ /^allowagentforwarding no$/m;
    fact('fact-sshd', $is_ours, "sshd does not take its keys from $keys alone");
  }
});

collect();
remove_canary();
print "$nonce\tend\n";
`;
