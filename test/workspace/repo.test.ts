import { describe, expect, it } from 'vitest';
import { parseRepo, refProblem } from '../../src/core/workspace/repo.ts';

const parse = (text: string) => parseRepo(text, '/home/me', '/project');

describe('what a repository may be', () => {
  it.each([
    ['https://github.com/acme/web.git', { kind: 'url', host: 'github.com' }],
    ['http://git.invalid:8080/x', { kind: 'url', host: 'git.invalid:8080' }],
    ['~/src/web', { kind: 'path', path: '/home/me/src/web' }],
    ['./web', { kind: 'path', path: '/project/web' }],
    ['/srv/git/web', { kind: 'path', path: '/srv/git/web' }],
    ['file:///srv/a%20b', { kind: 'path', path: '/srv/a b' }],
    ['-c/evil', { kind: 'path', path: '/project/-c/evil' }],
  ])('%s', (text, expected) => {
    expect(parse(text)).toMatchObject(expected);
  });

  it.each(['git@github.com:acme/web.git', 'ssh://git@host/web', 'host.invalid:web', 'git://host/web', 'ext::sh -c id'])(
    'refuses %s, which needs a key or runs a program on the VM',
    (text) => {
      expect(() => parse(text)).toThrowError(expect.objectContaining({ code: 'invalid', hint: expect.any(String) }));
    },
  );

  it('refuses a token in the URL without repeating it', () => {
    try {
      parse('https://me:hunter2@github.com/acme/web');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'invalid' });
      expect(JSON.stringify([String(error), error])).not.toContain('hunter2');
    }
  });

  it.each(['', ' ', 'a\nb', 'https://'])('refuses %j', (text) => {
    expect(() => parse(text)).toThrowError();
  });
});

describe('what a branch may be', () => {
  it.each(['main', 'feature/x-1', 'v1.2'])('takes %s', (ref) => expect(refProblem(ref)).toBeUndefined());
  it.each(['-x', '--upload-pack=id', 'a..b', 'a b', 'a~1', 'a@{1}', '/a', 'a/', 'x.lock', ''])('refuses %j', (ref) =>
    expect(refProblem(ref)).toBeDefined(),
  );
});
