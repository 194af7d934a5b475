/** Part of the collector: the walk through a tree, with what Git says of the repositories in it. Perl. */
export const walkPart: string = String.raw`my ($gitScript, $bundleScript) = @ENV{qw(AW_LOOK AW_BUNDLE)};
my %seen;
sub lines { my ($s, $name) = @_; my $all = slurp("$s/$name", 268435456); return split /\0/, defined $all ? $all : '' }
sub count { my ($kind, $path) = @_; $report->{counts}{$kind}++; $repo->{$kind}++ if $repo && $kind ne 'plain' }

# Looks at one; undefined when Git could not. The shadow stays until the program ends: the bundle is made of it.
sub look {
  my ($path, $gitdir, $tree, $which) = @_;
  # What hangs costs its time once; when it is used up, further repositories are kept as they are.
  my $seconds = $limit{gitTotalSeconds} - $report->{gitSeconds};
  $seconds = $limit{gitSeconds} if $seconds > $limit{gitSeconds};
  if ($report->{repositoryCount}++ >= $limit{repositories} || $seconds < 1) {
    # Its files are taken all the same; a list of all would be as long as somebody likes.
    push @{ $report->{repositories} }, { path => $path, status => 'raw', why => 'slow' } if @{ $report->{repositories} } < 300;
    return undef;
  }
  my $reader = $who;
  root();
  my $s = "$top/s" . $$ . '-' . $made++;
  mkdir $s, 0700 or die "shadow\n"; chown $reader->{uid}, $reader->{groups}[0], $s;
  my $began = time;
  my $code = contained($reader, int $seconds, $gitScript, undef, $gitdir, $tree, $s, $which);
  $report->{gitSeconds} += time - $began if $code == 137;
  become($reader);
  my $facts = slurp("$s/facts", 65536);
  my %one = (path => $path, shadow => $s, reader => $reader, changed => 0, untracked => 0, ignored => 0, ahead => 0, stashes => 0, lists => {});
  my @fact = defined $facts ? split /\n/, $facts, -1 : ();
  if ($code != 0 || @fact < 8) {
    push @{ $report->{repositories} }, { path => $path, status => 'raw', why => $code == 137 ? 'slow' : 'broken' };
    return undef;
  }
  my ($head, $branch, $changed, $ahead, $stashes, $size, $format, $common) = @fact;
  $one{facts} = { path => $path, status => 'read', bare => $tree eq '' ? 1 : 0, head => $head, branch => $branch, changed => $changed, ahead => $ahead,
    stashes => $stashes, size => $size * 1024, format => $format, readAs => $reader->{name} };
  $one{common} = $common;
  push @{ $report->{repositories} }, $one{facts};
  return \%one;
}
sub isGitDir { my ($name) = @_; my $before = $who; my $ok = -f "$name/HEAD" && -d "$name/objects" && -d "$name/refs"; return $ok }

# Small parts of a Git directory that a bundle does not hold; they are kept, but are no reason to write anything.
sub takeGitParts {
  my ($path, $name) = @_;
  for my $part (qw(config config.worktree info hooks)) {
    my @st = lstat "$name/$part" or next;
    if (S_ISDIR($st[2])) {
      sysopen my $back, '.', O_RDONLY | $O_DIRECTORY or next;
      my $before = $who;
      my ($n, $as) = enter($name) or next;
      { local $who = $as;
        my ($names, $inner) = enter($part);
        if ($names) { local $who = $inner; for (@$names) { my @f = lstat $_ or next; take("$path/$part/$_", $_, 'git') if S_ISREG($f[2]) && $f[7] <= 1048576 && !/\.sample\z/ } }
      }
      become($before); chdir $back or die "back\n";
    } elsif (S_ISREG($st[2]) && $st[7] <= 1048576) { take("$path/$part", "$name/$part", 'git') }
  }
}
sub takeWhole { my ($path, $name, $why) = @_;
  my ($files, $bytes) = measure($name, 0);
  if ($bytes <= $limit{ignoredEach} && $report->{ignoredBytes} + $bytes <= $limit{ignoredAll} && $why ne 'cache') {
    $report->{ignoredBytes} += $bytes; takeAll($path, $name, 'ignored', 0);
  } elsif ($files) { note('leftOut', path => $path, bytes => $bytes, files => $files, why => $why); $report->{leftOutBytes} += $bytes }
}

my %regenerable = map { $_ => 1 } split ' ', $limit{regenerable};
my %cache = map { $_ => 1 } split ' ', $limit{caches};
my %baseline = map { $_ => 1 } split ' ', $limit{baseline};
my %secret = map { $_ => 1 } split ' ', $limit{secrets};

# One folder and all below; cwd is the folder. $rel: path from the root of the tree ('' for it).
sub walk {
  my ($rel, $names, $absolute, $kindOfTree, $depth) = @_;
  local $repo = $repo;
  my %has = map { $_ => 1 } @$names;
  my @rest = @$names;
  my $join = sub { $rel eq '' ? $_[0] : "$rel/$_[0]" };
  if ($has{'.git'}) {
    my @st = lstat '.git'; my ($gitdir, $which);
    if (@st && S_ISDIR($st[2])) { ($gitdir, $which) = ("$absolute/.git", 'all') }
    elsif (@st && S_ISREG($st[2])) {
      my $said = slurp('.git', 8192);
      if (defined $said && $said =~ /^gitdir: (.+?)\n*\z/s) {
        my $to = $1;
        $gitdir = substr($to, 0, 1) eq '/' ? $to : "$absolute/$to";
        $which = $gitdir =~ m{/worktrees/[^/]+\z} && index($gitdir, "$rootPath/") == 0 ? 'head' : 'all';
      }
    }
    my $one = defined $gitdir ? look($rel eq '' ? '.' : $rel, $gitdir, $absolute, $which) : undef;
    if ($one) {
      my %skip = map { $_ => 1 } lines($one->{shadow}, 'tracked');
      delete @skip{ lines($one->{shadow}, 'changed'), lines($one->{shadow}, 'kept') };
      my %tracked = map { $_ => 1 } lines($one->{shadow}, 'tracked');
      my %ignored = map { s{/\z}{}r => 1 } lines($one->{shadow}, 'ignored');
      $repo = { %$one, base => $rel, skip => \%skip, tracked => \%tracked, isIgnored => \%ignored, untracked => 0, ignoredFiles => 0 };
      push @{ $report->{work} }, $repo;
      $seen{ $one->{common} } = 1;
      @rest = grep { $_ ne '.git' } @rest;
      if (S_ISDIR($st[2])) {
        takeGitParts($join->('.git'), '.git');
        for my $part (qw(lfs annex)) { takeWhole($join->(".git/$part"), ".git/$part", 'ignored') if -d ".git/$part" && !-l ".git/$part" }
        modules($join->('.git/modules'), "$absolute/.git/modules") if -d '.git/modules' && !-l '.git/modules';
      }
    }
  } elsif ($rel ne '' && $rel !~ m{(?:^|/)\.git\z} && $has{HEAD} && $has{objects} && $has{refs} && isGitDir('.')) {
    my $one = look($rel, $absolute, '', 'all');
    if ($one) {
      push @{ $report->{work} }, { %$one, base => $rel };
      local $repo = undef;
      for my $part (qw(config info hooks)) { takeAll($join->(".git/$part"), $part, 'git', 0) if -e $part && !-l $part }
      return;
    }
  }
  for my $name (@rest) {
    my $path = $join->($name);
    my @st = lstat $name or next;
    my $isFolder = S_ISDIR($st[2]);
    if ($kindOfTree eq 'home') {
      if ($secret{$path}) { note('leftOut', path => $path, bytes => 0, files => 1, why => 'secret'); next }
      if ($cache{$path}) { takeWhole($path, $name, 'cache'); next }
      if ($baseline{$path}) { takeAll($path, $name, 'baseline', 0); next }
    }
    if ($repo) {
      my $inner = $repo->{base} eq '' ? $path : substr $path, length($repo->{base}) + 1;
      next if !$isFolder && $repo->{skip}{$inner};
      if ($repo->{isIgnored}{$inner} && !($isFolder && -e "$name/.git")) {
        takeWhole($path, $name, $regenerable{$name} ? 'cache' : 'ignored'); next;
      }
      if (!$isFolder) { if (take($path, $name, 'x')) { count($repo->{tracked}{$inner} ? 'changedFiles' : 'untracked', $path) } next }
    } elsif (!$isFolder) { if (take($path, $name, 'x')) { count('plain', $path) } next }
    if ($depth > 150) { note('leftOut', path => $path, bytes => 0, files => 1, why => 'depth'); next }
    sysopen my $back, '.', O_RDONLY | $O_DIRECTORY or do { cannot($path, $name); next };
    my $before = $who;
    my ($below, $as) = enter($name);
    if (!$below) { cannot($path, $name); next }
    { local $who = $as;
      take($path, '.', 'folder') if !$repo && !@$below;
      walk($path, $below, "$absolute/$name", $kindOfTree, $depth + 1) }
    become($before); chdir $back or die "back\n";
  }
}
# Repositories of submodules; those that are checked out are found there.
sub modules {
  my ($rel, $absolute) = @_;
  my @found; my @queue = ([$rel, $absolute, 0]);
  while (my $next = shift @queue) {
    my ($r, $a, $depth) = @$next;
    if (isGitDir($a)) { push @found, [$r, $a]; next }
    next if $depth > 4 || @found > 100;
    opendir my $d, $a or next;
    for my $name (sort readdir $d) { push @queue, ["$r/$name", "$a/$name", $depth + 1] if $name !~ /^\.\.?\z/ && !-l "$a/$name" && -d "$a/$name" }
  }
  push @{ $report->{modules} }, @found;
}
`;
