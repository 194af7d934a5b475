import { describe, expect, test } from 'vitest';
import { parseSource } from '../../src/core/config/sources.ts';

const git = (url: string, subpath?: string, ref?: string) => ({ kind: 'git', url, subpath, ref });

describe('a source reference', () => {
  test.each([
    ['~/dotfiles', { kind: 'local', path: '~/dotfiles' }],
    ['file::relative/x', { kind: 'local', path: 'relative/x' }],
    ['file::https://x', { kind: 'local', path: 'https://x' }],
    ['git::https://h.example/o/r.git', git('https://h.example/o/r.git')],
    ['git::https://h.example/o/r.git//a/b', git('https://h.example/o/r.git', 'a/b')],
    ['git::https://h.example/o/r.git//a//b/', git('https://h.example/o/r.git', 'a/b')],
    ['git::https://h.example/o/r.git//a/b?ref=v1.2', git('https://h.example/o/r.git', 'a/b', 'v1.2')],
    ['git::https://h.example/o/r.git?ref=feature/x', git('https://h.example/o/r.git', undefined, 'feature/x')],
    ['git::https://h.example/o/r.git?ref=', git('https://h.example/o/r.git')],
    ['git::git@h.example:o/r.git', git('git@h.example:o/r.git')],
    ['git::git@h.example:o/r.git//a?ref=main', git('git@h.example:o/r.git', 'a', 'main')],
    ['git::https://h.example/o/r.git//a..b/c', git('https://h.example/o/r.git', 'a..b/c')],
  ])('%s', (text, expected) => {
    expect(parseSource(text)).toEqual(expected);
  });

  test('takes the default file when it names none', () => {
    expect(parseSource('git::https://h.example/r', { defaultFile: 'mise.lock' })).toEqual(
      git('https://h.example/r', 'mise.lock'),
    );
    expect(parseSource('git::https://h.example/r//x', { defaultFile: 'mise.lock' })).toMatchObject({ subpath: 'x' });
  });

  test.each([
    '',
    '  ',
    'file::',
    'git::',
    'git::http://h.example/r',
    'git::ssh://h.example/r',
    'git::/local/r',
    'git::https://',
    'git::-upload-pack=x',
    'git::git@-oProxyCommand=x:r//a b',
    'git::https://h.example/r//../x',
    'git::https://h.example/r//a/../x',
    'git::https://h.example/r?ref=-x',
    'git::https://h.example/r?ref=a..b',
    'git::https://h.example/r?depth=1',
    'git::https://h.example/a b',
    'https://h.example/r',
    'git@h.example:o/r',
    'ssh://h.example/r',
  ])('refuses %j', (text) => {
    expect(() => parseSource(text)).toThrow(expect.objectContaining({ code: 'invalid' }));
  });

  test('suggests git:: for an address without it', () => {
    expect(() => parseSource('https://h.example/r')).toThrow(
      expect.objectContaining({ hint: "Write 'git::https://h.example/r' for a git repository." }),
    );
  });
});
