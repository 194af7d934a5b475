import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { changesBetween } from '../../src/core/vm/changes.ts';
import { execScript } from '../../src/core/vm/exec.ts';
import { parseLogName } from '../../src/core/vm/logFiles.ts';
import { parseForward } from '../../src/core/vm/portForward.ts';

const run = promisify(execFile);

describe('log names', () => {
  it("a VM's logs are not those of a VM whose name begins alike", () => {
    expect(parseLogName('/l', 'dev-2-20260102T030405Z-vm-init-abcdef12.log')).toMatchObject({
      vm: 'dev-2',
      stamp: '20260102T030405Z',
      operation: 'vm-init',
      id: 'abcdef12',
    });
    expect(parseLogName('/l', 'dev-20260102T030405Z-vm-create.log')).toMatchObject({
      vm: 'dev',
      operation: 'vm-create',
    });
    expect(parseLogName('/l', 'notes.log')).toBeUndefined();
  });
});

describe('ports', () => {
  it('reads [LOCAL:]REMOTE', () => {
    expect(parseForward('8080')).toEqual({ local: 8080, remote: 8080 });
    expect(parseForward('9000:80')).toEqual({ local: 9000, remote: 80 });
  });
  it.each(['', 'x', '0', '65536', '1:2:3', '1:', '-1'])('refuses %j', (spec) => {
    expect(() => parseForward(spec)).toThrow();
  });
});

describe('differences of what was applied', () => {
  it('names each key once', () => {
    expect(changesBetween({ a: { b: 1, c: [1] }, d: 1 }, { a: { b: 2, c: [1] }, e: undefined })).toEqual([
      { key: 'a.b', before: 1, after: 2 },
      { key: 'd', before: 1, after: undefined },
    ]);
  });
});

describe('vm exec', () => {
  const inShell = async (shell: string, request: { words: string[]; cwd?: string; env?: string[] }) => {
    const script = execScript({ words: request.words, cwd: request.cwd, env: request.env ?? [] });
    const { stdout } = await run(shell, ['-c', script], { env: { PATH: process.env.PATH, SHELL: '/bin/sh' } });
    return stdout;
  };

  it('one argument is shell text, several are words', async () => {
    expect(await inShell('sh', { words: ['echo $((1+1)) | tr 2 3'] })).toBe('3\n');
    expect(await inShell('sh', { words: ['printf', '<%s>', "a'b $HOME", '*'] })).toBe("<a'b $HOME><*>");
  });

  it('one leading -- is swallowed, a second is not', async () => {
    expect(await inShell('sh', { words: ['--', 'echo', '--', 'x'] })).toBe('-- x\n');
  });

  it('folder and environment', async () => {
    expect(await inShell('bash', { words: ['pwd; echo "$A_B"'], cwd: '/usr', env: ["A_B=x 'y' $z"] })).toBe(
      "/usr\nx 'y' $z\n",
    );
  });

  it('an option behind the name is not run as a program', () => {
    expect(() => execScript({ words: ['--cwd', '/tmp', 'pwd'], cwd: undefined, env: [] })).toThrow('behind the name');
  });

  it('refuses an empty command and a bad assignment', () => {
    expect(() => execScript({ words: [], cwd: undefined, env: [] })).toThrow('No command');
    expect(() => execScript({ words: ['--'], cwd: undefined, env: [] })).toThrow('No command');
    expect(() => execScript({ words: ['x'], cwd: undefined, env: ['A;B=1'] })).toThrow('NAME=VALUE');
  });
});
