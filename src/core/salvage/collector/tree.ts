/** Part of the collector: reading names and files as accounts, and the archive they go into. Perl. */
export const treePart: string = String.raw`our ($who, $report, $emit, $rootPath, $repo);
# Runs as the reader; if it may not, as the owner of what is at the name. $owner: its number.
sub attempt {
  my ($name, $flags) = @_;
  my $fh;
  return $fh if sysopen $fh, $name, $flags;
  return undef unless $!{EACCES} || $!{EPERM};
  my @st = lstat $name or return undef;
  my $owner = $ours{$st[4]} or do { $! = POSIX::EACCES(); return undef };
  become({ %$owner, groups => [@{ $owner->{groups} }, @{ $who->{groups} }] });
  my $ok = sysopen $fh, $name, $flags; my $error = $! + 0;
  become($who);
  $! = $error;
  return $ok ? $fh : undef;
}
sub slurp {
  my ($name, $most) = @_;
  my $fh = attempt($name, O_RDONLY | $O_NOFOLLOW | O_NONBLOCK) or return undef;
  return undef unless -f $fh;
  my $all = ''; while (length $all < $most) { my $n = sysread $fh, $all, $most - length $all, length $all; last unless $n }
  return $all;
}
sub note { my ($list, %entry) = @_; my $all = $report->{$list}; if (@$all < 300) { push @$all, { %entry } } $report->{"\u$list"}++ }
sub cannot { my ($path, $name) = @_; my @st = lstat $name; note('unreadable', path => $path, owner => @st ? ($ours{$st[4]}{name} // getpwuid($st[4]) // $st[4]) : '?') }

# Names in a folder, as its reader or its owner sees them; enters it. The caller goes back by its own descriptor.
sub enter {
  my ($name) = @_;
  my $fh = attempt($name, O_RDONLY | $O_NOFOLLOW | $O_DIRECTORY | O_NONBLOCK) or return undef;
  my @st = stat $fh;
  my $mine = sub { opendir(my $d, '.') or return undef; my @names = sort grep { $_ ne '.' && $_ ne '..' } readdir $d; \@names };
  if (chdir $fh) { my $names = $mine->(); return ($names, $who, $fh) if $names }
  my $owner = $ours{$st[4]} or return undef;
  my $as = { %$owner, groups => [@{ $owner->{groups} }, @{ $who->{groups} }] };
  become($as);
  my $names = chdir($fh) ? $mine->() : undef;
  become($who) unless $names;
  return $names ? ($names, $as, $fh) : undef;
}

# Size of everything below; special files count as nothing.
sub measure {
  my ($name, $depth) = @_;
  my @st = lstat $name or return (0, 0);
  return (1, S_ISREG($st[2]) ? $st[7] : 0) unless S_ISDIR($st[2]);
  return (0, 0) if $depth > 150;
  sysopen my $back, '.', O_RDONLY | $O_DIRECTORY or return (0, 0);
  my $before = $who;
  my ($names, $as) = enter($name) or return (1, 0);
  local $who = $as;
  my ($files, $bytes) = (0, 0);
  for my $one (@$names) { my ($f, $b) = measure($one, $depth + 1); $files += $f; $bytes += $b }
  become($before); chdir $back or die "back\n";
  return ($files, $bytes);
}

sub octal { my ($value, $width) = @_; return $value < 8 ** ($width - 1) ? sprintf('%0*o', $width - 1, $value) . "\0" : pack('C', 128) . ("\0" x ($width - 9)) . pack('Q>', $value) }
sub block {
  my ($name, $type, $mode, $size, $time, $link, $owner) = @_;
  my $head = pack 'a100 a8 a8 a8 a12 a12 a8 a1 a100 a8 a32 a32 a183', $name, octal($mode, 8), octal(0, 8), octal(0, 8), octal($size, 12),
    octal($time < 0 ? 0 : $time, 12), ' ' x 8, $type, $link, "ustar  \0", $owner, '', '';
  substr($head, 148, 8) = sprintf("%06o\0 ", unpack '%32C*', $head);
  return $head;
}
sub padded { my ($bytes) = @_; return $bytes . "\0" x (-length($bytes) % 512) }
sub head {
  my ($path, $type, $mode, $size, $time, $link, $owner) = @_;
  my $head = '';
  $head .= block('././@LongLink', 'K', 0644, length($link) + 1, 0, '', '') . padded("$link\0") if length $link > 100;
  $head .= block('././@LongLink', 'L', 0644, length($path) + 1, 0, '', '') . padded("$path\0") if length $path > 100;
  $emit->($head . block($path, $type, $mode, $size, $time, $link, $owner));
}
sub ownerName { my ($uid) = @_; return $ours{$uid} ? $ours{$uid}{name} : $uid == 0 ? 'root' : '' }

# One file, link or empty folder into the archive; counted in any case. The kind is for the report.
sub take {
  my ($path, $name, $kind) = @_;
  my @st = lstat $name or return;
  if (S_ISDIR($st[2])) { head("$path/", '5', $st[2] & 0777, 0, $st[9], '', ownerName($st[4])) if $emit; return 1 }
  if (S_ISLNK($st[2])) {
    my $link = readlink $name; return cannot($path, $name) unless defined $link;
    head($path, '2', 0777, 0, $st[9], $link, ownerName($st[4])) if $emit;
    return 1;
  }
  if (!S_ISREG($st[2])) { note('leftOut', path => $path, bytes => 0, files => 1, why => 'special'); return 0 }
  if ($report->{treeBytes} + $st[7] > $limit{treeBytes}) {
    note('leftOut', path => $path, bytes => $st[7], files => 1, why => 'limit'); $report->{overLimit}++; $report->{overLimitBytes} += $st[7];
    return 0;
  }
  my $fh = attempt($name, O_RDONLY | $O_NOFOLLOW | O_NONBLOCK);
  my @now = $fh ? stat $fh : ();
  if (!$fh || !S_ISREG($now[2])) { cannot($path, $name); return 0 }
  my $size = $now[7];
  $report->{treeBytes} += $size; $report->{treeFiles}++;
  return 1 unless $emit;
  head($path, '0', $now[2] & 0777, $size, $now[9], '', ownerName($now[4]));
  my $left = $size;
  while ($left > 0) {
    my $n = sysread $fh, my $bytes, $left < 262144 ? $left : 262144;
    last unless $n;
    $emit->($bytes); $left -= $n;
  }
  note('changing', path => $path) if $left > 0;
  while ($left > 0) { my $n = $left < 262144 ? $left : 262144; $emit->("\0" x $n); $left -= $n }
  $emit->("\0" x (-$size % 512));
  return 1;
}

# Everything below a name, without a look at Git.
sub takeAll {
  my ($path, $name, $kind, $depth) = @_;
  my @st = lstat $name or return;
  if (!S_ISDIR($st[2])) { count($kind, $path) if take($path, $name, $kind); return }
  if ($depth > 150) { note('leftOut', path => $path, bytes => 0, files => 1, why => 'depth'); return }
  sysopen my $back, '.', O_RDONLY | $O_DIRECTORY or return cannot($path, $name);
  my $before = $who;
  take($path, $name, $kind);
  my ($names, $as) = enter($name);
  return cannot($path, $name) unless $names;
  { local $who = $as; takeAll("$path/$_", $_, $kind, $depth + 1) for @$names }
  become($before); chdir $back or die "back\n";
}
`;
