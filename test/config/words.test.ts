import { describe, expect, test } from 'vitest';
import { editDistance, nearest } from '../../src/core/config/suggest.ts';
import { splitWords } from '../../src/core/config/words.ts';

describe('an editor command', () => {
  test.each([
    ['', []],
    ['  vi  ', ['vi']],
    ['code --wait', ['code', '--wait']],
    ['"/opt/My Editor/ed" -w', ['/opt/My Editor/ed', '-w']],
    ["'/opt/My Editor/ed' -w", ['/opt/My Editor/ed', '-w']],
    ['/opt/My\\ Editor/ed', ['/opt/My Editor/ed']],
    ['a"b c"d ""', ['ab cd', '']],
    ['"a\\"b\\c"', ['a"b\\c']],
  ])('%j is split like a shell does', (text, words) => {
    expect(splitWords(text, { isWindows: false })).toEqual(words);
  });

  test('keeps the backslashes of Windows', () => {
    expect(splitWords('"C:\\Program Files\\ed.exe" /w', { isWindows: true })).toEqual([
      'C:\\Program Files\\ed.exe',
      '/w',
    ]);
  });
});

describe('suggestions', () => {
  test('count edits, swapped letters as one', () => {
    expect(editDistance('platfrom', 'platform')).toBe(1);
    expect(editDistance('', 'abc')).toBe(3);
    expect(editDistance('kitten', 'sitting')).toBe(3);
  });

  test('come only when they are near', () => {
    expect(nearest('memroy', ['memory', 'cpus'])).toBe('memory');
    expect(nearest('vscode', ['vscode_workspaces'])).toBe('vscode_workspaces');
    expect(nearest('xyz', ['memory', 'cpus'])).toBeUndefined();
  });
});
