import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesIn, read, root } from './sources.ts';

const tracked = (): string[] =>
  existsSync(join(root, '.git'))
    ? execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0').filter(Boolean)
    : [...filesIn('src'), ...filesIn('test'), ...filesIn('docs'), ...filesIn('scripts')];

const isText = (path: string): boolean =>
  /\.(ts|mjs|cjs|json|toml|md|sh|ya?ml)$/.test(path) && existsSync(join(root, path));

describe('sources', () => {
  it('have one subject: no file over 350 lines', () => {
    const long = filesIn('src', '.ts').map((path) => [path, read(path).split('\n').length] as const);
    expect(long.filter(([, lines]) => lines > 350)).toEqual([]);
  });

  it('have no any, no non-null assertion, no default export', () => {
    const found = filesIn('src', '.ts').flatMap((path) =>
      read(path)
        .split('\n')
        .filter((line) => !/^\s*(\*|\/\/|\/\*)/.test(line))
        .filter((line) => /(:|as|<)\s*any\b(?!\w|\s+\w)/.test(line) || /^export default/.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    );
    expect(found.filter((line) => !line.startsWith('src/core/assets.d.ts'))).toEqual([]);
  });
});

describe('shell texts', () => {
  const linesWith = (pattern: RegExp): string[] =>
    filesIn('src/core', '.ts').flatMap((path) =>
      read(path)
        .split('\n')
        .filter((line) => pattern.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    );

  // `grep -q` ends at its first match; whoever still writes into the pipe dies of it, and pipefail says so: a check
  // fails, or a negated one passes, only now and then. A here-string has no such race.
  it('never let grep -q read from a pipe', () => {
    expect(linesWith(/(?<!\|)\|\s*grep\s+-\w*q/)).toEqual([]);
  });

  // Where there is no room, `install -d` complains of permissions. What stages a run says itself that the disk is full.
  it('make folders of a step by mkdir, which names a full disk', () => {
    const found = linesWith(/\binstall -d\b/).filter((line) => !/^src\/core\/(remote|images)\//.test(line));
    expect(found).toEqual([]);
  });
});

describe('tracked files', () => {
  const files = tracked()
    .filter(isText)
    .filter((path) => path !== 'test/rules/files.test.ts');

  it('name no path of a machine they were made on', () => {
    const home =
      /(?<![\w.~}])\/(?:Users|home)\/(?!agentworks|agt--|op--|dev\b|me\b|user\b|operator\b|alice\b|x\b|\$)\w+\//;
    const named = files
      .filter((path) => path !== 'package-lock.json')
      .filter((path) => {
        const text = read(path);
        return home.test(text) || text.includes(root);
      });
    expect(named).toEqual([]);
  });

  it('name no package registry', () => {
    const registry = new RegExp(
      ['registry\\.npm', 'npmjs\\.org', 'registry\\.yarn', 'pypi\\.org', 'artifactory', 'nexus'].join('|'),
    );
    expect(files.filter((path) => registry.test(read(path)) && !path.startsWith('docs/'))).toEqual([]);
  });
});
