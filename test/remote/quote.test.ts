import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { command, insert, join, onStdin, quote, sh } from '../../src/core/remote/quote.ts';
import { loginShellCommand } from '../../src/core/ssh/loginShell.ts';

const shells = ['sh', 'dash', 'bash', 'zsh', 'fish'].filter((shell) => spawnSync(shell, ['-c', 'exit 0']).status === 0);
/** A lone surrogate has no UTF-8 form, so it reaches no program. */
const anyText = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.string({
      unit: fc.constantFrom(...'\'"\\`$!*?[]{}()<>|&;#=~^%,: \n\t\r\x01\x1b\x7fabä€𝄞-+@/.0'),
      maxLength: 30,
    }),
  )
  .map((text) => Buffer.from(text).toString().replaceAll('\0', ''));

/** One process for many words: each printed with a NUL behind it. */
function printed(shell: string, script: string): string[] {
  const ran = spawnSync(shell, ['-c', script], { maxBuffer: 1 << 26 });
  expect(ran.stderr.toString()).toBe('');
  return ran.stdout.toString('utf8').split('\0').slice(0, -1);
}

describe('quote', () => {
  it('finds the shells of a Debian machine', () => {
    expect(shells).toEqual(expect.arrayContaining(['sh', 'bash']));
  });

  it.each(shells)('gives any words back unchanged through %s', (shell) => {
    fc.assert(
      fc.property(fc.array(anyText, { minLength: 1, maxLength: 20 }), (words) => {
        expect(printed(shell, command(['printf', '%s\\0', ...words]))).toEqual(words);
      }),
      { numRuns: 60 },
    );
  });

  it.each(shells)('keeps words through a login shell %s that starts sh, with nested scripts', (shell) => {
    fc.assert(
      fc.property(anyText, anyText, (first, second) => {
        const inner = sh`f() { printf '%s\0' "$@"; }; f ${first} ${[second, first]}`;
        const outer = loginShellCommand(sh`if true; then sh -c ${String(inner)}; fi`);
        expect(printed(shell, outer)).toEqual([first, second, first]);
      }),
      { numRuns: 40 },
    );
  });

  it('quotes what a shell would expand at the start of a word', () => {
    for (const value of ['=ls', '~', '~root', '', ' ', '-n', '*', '{a,b}', '#x', '!!', '%1', 'a=b']) {
      for (const shell of shells)
        expect(printed(shell, command(['printf', '%s\\0', 'x', value]))).toEqual(['x', value]);
    }
  });

  it.each(shells)(
    'sends a long script ahead of what it reads, through %s, and runs it whole or not at all',
    (shell) => {
      const script = sh`printf '%s|' ${'ä "$x" \'quoted\'\n'}; cat; true ${'x'.repeat(200_000)}`;
      const { command: line, bytes } = onStdin(script);
      expect(line.length).toBeLessThan(300);
      const run = (input: Uint8Array) => {
        const { status, stdout } = spawnSync(shell, ['-c', line], { input });
        return { status, stdout: stdout.toString() };
      };
      expect(run(Buffer.concat([bytes, Buffer.from('the rest\0')]))).toEqual({
        status: 0,
        stdout: 'ä "$x" \'quoted\'\n|the rest\0',
      });
      for (const length of [0, 4, bytes.length - 4]) {
        expect(run(bytes.subarray(0, length))).toEqual({ status: 90, stdout: '' });
      }
    },
  );

  it('refuses NUL, which no program can be given', () => {
    expect(() => quote('a\0b')).toThrow(/NUL/);
  });
});

describe('sh', () => {
  it('quotes every interpolation except inserted scripts', () => {
    const test = sh`[ -d ${'/a b'} ]`;
    expect(sh`if ${insert(test)}; then echo ${"it's"} ${['a b', 3]}; fi`).toBe(
      `if [ -d '/a b' ]; then echo 'it'\\''s' 'a b' 3; fi`,
    );
  });

  it("leaves the shell's own backslashes and variables alone", () => {
    expect(sh`printf '%s\n' "\${HOME}" \`id\` $x`).toBe('printf \'%s\\n\' "${HOME}" `id` $x');
  });

  it('joins scripts', () => {
    expect(join([sh`a`, sh`b`], ' && ')).toBe('a && b');
  });
});
