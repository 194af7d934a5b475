import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandHelp, groupHelp } from '../../src/cli/help.ts';
import { parse } from '../../src/cli/parse.ts';
import { noGlobals, scan } from '../../src/cli/scan.ts';
import { globalOptions } from '../../src/core/commands/globals.ts';
import { commands } from '../../src/core/commands/table.ts';
import { commandTree } from '../../src/core/commands/tree.ts';
import { complete } from '../../src/core/completion/answer.ts';
import { type AppError, exitCodes } from '../../src/core/errors.ts';
import { expectSentence, hostileCharacter, hostileText, runs } from './harness.ts';

const tree = commandTree(commands);
const vocabulary = [
  ...new Set(
    commands.flatMap(({ id, params }) => [
      ...id.split('.'),
      ...params.flatMap(({ name, short }) => [
        `--${name}`,
        `--${name}=`,
        ...(short === undefined ? [] : [`-${short}`]),
      ]),
    ]),
  ),
  ...globalOptions.map(({ name }) => `--${name}`),
];
const word = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...vocabulary) },
  fc.constantFrom(
    '--',
    '-',
    '',
    '--=',
    '-=',
    '--json=1',
    '--config',
    '--no-',
    '--__proto__',
    '--constructor',
    'constructor',
    '__proto__',
    'toString',
    '-vvv',
    '--yes=',
    '1e9',
    '-1',
    '9'.repeat(40),
    ',',
    ',,,',
    'a,b',
  ),
  hostileText(12),
);
const line = fc.oneof(
  fc.array(word, { maxLength: 8 }),
  fc
    .tuple(fc.constantFrom(...commands), fc.array(word, { maxLength: 6 }))
    .map(([{ id }, words]) => [...id.split('.'), ...words]),
);

describe('a command line of any words', () => {
  it('is read, or ends with exit code 2 and a sentence', () => {
    fc.assert(
      fc.property(line, (argv) => {
        try {
          const found = scan(argv, tree, noGlobals());
          if (found.kind === 'group') expect(groupHelp(found.group)).not.toMatch(hostileCharacter);
          else {
            expect(commandHelp(found.command)).not.toMatch(hostileCharacter);
            parse(found.command, found.tokens);
          }
        } catch (error) {
          const { code } = expectSentence(error) satisfies AppError;
          expect(exitCodes[code]).toBe(2);
        }
      }),
      runs(1500),
    );
  });

  it('with an option that every object inherits is an unknown option', () => {
    for (const flag of ['--__proto__', '--constructor', '--toString']) {
      const read = (): unknown => {
        const found = scan(['vm', 'port-forward', flag], tree, noGlobals());
        return found.kind === 'command' ? parse(found.command, found.tokens) : undefined;
      };
      expect(read).toThrow(`Unknown option '${flag}'.`);
    }
  });

  it('is completed, or not', async () => {
    await fc.assert(
      fc.asyncProperty(line, async (words) => {
        const answer = await complete(tree, words, async () => [{ value: 'dev', help: '' }]);
        if (answer.kind === 'candidates')
          for (const { value } of answer.candidates) expect(typeof value).toBe('string');
      }),
      runs(1000),
    );
  });
});
