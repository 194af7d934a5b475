import { stripControls } from '../text.ts';
import type { Answer } from './model.ts';
import { emptyWord } from './scripts.ts';

/**
 * The words that a script handed over. bash breaks words at `=`, so `--vm=de` arrives as three; `prefix` is what it
 * does not want back.
 */
export function readWords(shell: string, given: readonly string[]): { words: string[]; prefix: string } {
  if (given.length === 0) return { words: [''], prefix: '' };
  if (shell !== 'bash') return { words: given.map((word) => (word === emptyWord ? '' : word)), prefix: '' };
  const words: string[] = [];
  let prefix = '';
  for (let i = 0; i < given.length; i++) {
    const word = given[i] ?? '';
    const before = words[words.length - 1];
    prefix = '';
    if (word === '=' && before?.startsWith('--') && !before.includes('=')) {
      const value = given[i + 1];
      words[words.length - 1] = `${before}=${value ?? ''}`;
      prefix = `${before}=`;
      i++;
    } else words.push(unquote(word));
  }
  return { words, prefix };
}

/** A half-typed quoted word as what it says. */
const unquote = (word: string): string => (/^['"]/.test(word) ? word.slice(1).replace(/['"]$/, '') : word);

/** The shell puts an offer on the line as it is: whatever a shell could read as more than a word is not offered. */
const isPlainWord = /^[\p{L}\p{N}_@%+=:,./~-]+$/u;

/** One line per offer, `value<TAB>help`; `:files` alone hands over to the shell. */
export function writeAnswer(answer: Answer, prefix: string): string {
  if (answer.kind === 'files') return ':files\n';
  return answer.candidates
    .filter(({ value }) => isPlainWord.test(value))
    .map(({ value, help }) => {
      const text = value.startsWith(prefix) ? value.slice(prefix.length) : value;
      return `${stripControls(text)}\t${stripControls(help)}\n`;
    })
    .join('');
}
