import { expect, test } from 'vitest';
import { bookwormSources, debianPlaces } from '../../src/core/images/aptSource.ts';

test('both forms of source files are read; other vendors and disabled ones are left out', () => {
  const places = debianPlaces([
    {
      name: 'sources.list',
      text: `# deb http://commented.invalid/debian bookworm main
deb [signed-by=/usr/share/keyrings/a.gpg] http://mirror.invalid/debian/ trixie main contrib # ours
deb-src http://mirror.invalid/debian trixie main
deb http://mirror.invalid/security trixie-security main
deb https://vendor.invalid/apt nodistro main
deb http://ubuntu.invalid/ubuntu noble main
`,
    },
    {
      name: 'debian.sources',
      text: `Types: deb deb-src
# a comment
URIs: http://other.invalid/debian
  http://third.invalid/debian/
Suites: bookworm bookworm-updates
Components: main

Types: deb
URIs: http://off.invalid/debian
Suites: bookworm
Components: main
Enabled: no
`,
    },
  ]);
  expect(places).toEqual([
    { uri: 'http://mirror.invalid/debian', kind: 'main' },
    { uri: 'http://mirror.invalid/security', kind: 'security' },
    { uri: 'http://other.invalid/debian', kind: 'main' },
    { uri: 'http://third.invalid/debian', kind: 'main' },
  ]);
  expect(bookwormSources(places.slice(0, 2))).toEqual([
    'deb http://mirror.invalid/debian bookworm main',
    'deb http://mirror.invalid/debian bookworm-updates main',
    'deb http://mirror.invalid/security bookworm-security main',
  ]);
});

test('a machine that is no Debian names none', () => {
  expect(
    bookwormSources(debianPlaces([{ name: 'sources.list', text: 'deb http://ubuntu.invalid noble main' }])),
  ).toEqual([]);
});
