/** Perl text, after `frame`: attempts to read what is others'. */
export const looking = String.raw`
my (@home_targets, @foreign, @socket_folders, @operation_folders);
my %uid_of;
while (my ($name, undef, $id, undef, undef, undef, undef, $dir) = getpwent) {
  $uid_of{$name} = $id;
  next if $name eq $user || $dir !~ m{^/.+} || !-d $dir || -l $dir;
  my $check = $name eq 'root' ? 'home-root' : $name eq $admin ? 'home-admin'
    : $name =~ /^agt--/ ? 'home-agents' : $name =~ /^op--/ ? 'home-operators' : undef;
  push @home_targets, [$check, $dir, children_of($dir)] if defined $check;
}
endpwent;
my @others = grep { /^(agt|op)--/ && $_ ne $user } sort keys %uid_of;
opendir my $proc, '/proc' or exit 96;
for my $pid (grep { /^\d+$/ } readdir $proc) {
  my $owner = (lstat "/proc/$pid")[4];
  next unless defined $owner && $pid != $$ && length first_of("/proc/$pid/cmdline");
  # A process of the account that may not be traced shows as root's; its real number is in the status.
  push @foreign, $pid unless status_of($pid)->{Uid} =~ /\b$uid\b/;
  last if @foreign >= 500;
}
closedir $proc;
push @socket_folders, [$_->[0], children_of($_->[0])] for grep { $_->[0] ne "$sockets/$user" } children_of($sockets);
for my $name (sort keys %uid_of) {
  next if $uid_of{$name} == $uid;
  for my $folder ("/tmp/tmux-$uid_of{$name}", "/run/user/$uid_of{$name}") {
    my ($mode, $owner) = (lstat $folder)[2, 4];
    next unless defined $mode && S_ISDIR($mode) && $owner == $uid_of{$name};
    push @socket_folders, [$folder, children_of($folder)];
  }
}
for my $folder (qw(/run/agentworks/ops /run/agentworks/secrets /var/lib/agentworks/ops /var/lib/agentworks/payloads /var/lib/agentworks/stamps /var/lib/agentworks/creating /var/lib/agentworks/made)) {
  push @operation_folders, [$folder, children_of($folder)] if -d $folder && !-l $folder;
}
# A secret as a recipe would put it there for somebody else, while this lasts.
my $canary_folder = "/run/agentworks/secrets/verify-$nonce";
my $canary = "$canary_folder/1/CANARY";
for my $folder (['/run/agentworks', 0755], ['/run/agentworks/secrets', 0711], [$canary_folder, 0711], ["$canary_folder/1", 0700]) {
  mkdir $folder->[0], $folder->[1] and chmod $folder->[1], $folder->[0];
}
if (sysopen my $file, $canary, O_WRONLY | O_CREAT | O_EXCL, 0600) { print $file 'secret'; close $file; }
sub remove_canary { unlink $canary; rmdir "$canary_folder/1"; rmdir $canary_folder; }

sub first_of {
  open my $file, '<', $_[0] or return '';
  my $got = sysread $file, my $text, 4096;
  return $got ? $text : '';
}
sub status_of {
  my %status = (Uid => '', Groups => '', map { /^(\w+):\s*(.*)$/ ? ($1, $2) : () } split /\n/, first_of("/proc/$_[0]/status"));
  return \%status;
}

my @homes = qw(home-admin home-root home-agents home-operators);
job('guarded', 8, \@homes, sub {
  for my $target (@home_targets) {
    my ($id, $dir, @children) = @$target;
    try_folder($id, $dir, @children);
    for my $name (qw(.ssh/authorized_keys .ssh/id_ed25519 .git-credentials .bash_history .config/gh/hosts.yml)) {
      attempt($id, "read $dir/$name", may_read("$dir/$name"));
    }
  }
});

my @process_checks = qw(process-list process-arguments process-environment process-memory process-signal);
job('guarded', 8, \@process_checks, sub {
  for my $pid (@foreign) {
    attempt('process-list', "see process $pid", defined((lstat "/proc/$pid")[0]));
    attempt('process-arguments', "read the arguments of process $pid", may_read_some("/proc/$pid/cmdline"));
    attempt('process-environment', "read the environment of process $pid", may_read_some("/proc/$pid/environ"));
    attempt('process-memory', "read the memory map of process $pid", may_read_some("/proc/$pid/maps"));
    attempt('process-memory', "open the memory of process $pid", may_write("/proc/$pid/mem"));
    attempt('process-memory', "list the open files of process $pid", may_list("/proc/$pid/fd"));
    attempt('process-memory', "enter the folder of process $pid", defined readlink "/proc/$pid/cwd");
    attempt('process-signal', "signal process $pid", kill 0, $pid);
  }
});

my @socket_checks = qw(socket-folder socket-others root-sockets);
job('guarded', 8, \@socket_checks, sub {
  if (-d $sockets) {
    attempt('socket-folder', "list $sockets", may_list($sockets));
    attempt('socket-folder', "write in $sockets", may_create($sockets));
  }
  try_folder('socket-others', @$_) for @socket_folders;
  for my $path (qw(/run/docker.sock /var/run/docker.sock /run/podman/podman.sock /run/containerd/containerd.sock /run/libvirt/libvirt-sock /var/lib/lxd/unix.socket /var/lib/incus/unix.socket /run/snapd.socket.private /run/systemd/private)) {
    attempt('root-sockets', "connect to $path", may_connect($path));
  }
});

my @secret_checks = qw(secret-operations secret-system secret-devices secret-readable);
my $secret_pattern = qr{-----BEGIN [A-Z ]*PRIVATE KEY-----|\bgh[pousr]_\w{30,}|\bgithub_pat_\w{30,}|\bglpat-[\w-]{20,}|\bsk-[\w-]{30,}|\bAKIA[A-Z0-9]{16}\b|tskey-[\w-]{20,}|https?://[^/\s:@]+:[^/\s@]{8,}@};
sub look_for_secrets {
  my ($folder, $depth, $budget) = @_;
  opendir my $dir, $folder or return;
  for my $name (readdir $dir) {
    next if $name eq '.' || $name eq '..' || $$budget-- <= 0;
    my $path = "$folder/$name";
    my ($mode, $owner, $size) = (lstat $path)[2, 4, 7];
    next unless defined $mode;
    if (S_ISDIR($mode)) { look_for_secrets($path, $depth - 1, $budget) if $depth > 0 && $owner != $uid; next; }
    next unless S_ISREG($mode) && $owner != $uid && $size < 65536;
    next unless sysopen my $file, $path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW;
    my $got = sysread $file, my $text, 65536;
    attempt('secret-readable', "a secret in $path", $got && $text =~ $secret_pattern);
  }
}
job('guarded', 8, \@secret_checks, sub {
  for my $target (@operation_folders) {
    my ($folder, @children) = @$target;
    attempt('secret-operations', "list $folder", may_list($folder));
    attempt('secret-operations', "write in $folder", may_create($folder));
    try_child('secret-operations', @$_) for @children;
  }
  attempt('secret-operations', "read a secret of a running operation", may_read($canary));
  for my $path (qw(/etc/shadow /etc/gshadow /etc/shadow- /etc/sudoers /var/log/auth.log /var/log/syslog /var/log/btmp), glob('/etc/ssh/ssh_host_*_key /run/log/journal/*/system.journal /var/log/journal/*/system.journal')) {
    attempt('secret-system', "read $path", may_read($path));
  }
  for my $path (glob('/dev/sd* /dev/vd* /dev/nvme* /dev/xvd* /dev/dm-* /dev/mem /dev/kmem /dev/port /proc/kcore')) {
    attempt('secret-devices', "open $path", may_read($path) || may_write($path));
  }
  my $budget = $is_quick ? 3000 : 20000;
  look_for_secrets($_, $is_quick ? 2 : 6, \$budget) for qw(/var/lib/agentworks /run/agentworks /etc /tmp /var/tmp /dev/shm /srv);
});

my @closed = map { [$_->[0], $_->[1], -d $_->[1] && !-l $_->[1] ? children_of($_->[1]) : ()] } given('closed');
job('guarded', 8, ['workspace-closed'], sub {
  for my $target (@closed) {
    my ($name, $path, @children) = @$target;
    try_folder('workspace-closed', $path, @children) if -d $path || $! != ENOENT;
  }
  unable('workspace-closed', 'every workspace of this VM is granted to it') unless @closed;
});
`;
