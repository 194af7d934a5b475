/**
 * Splits a command line like a shell does, without expanding anything: blanks separate, quotes join, a backslash takes
 * the next character as it is (on Windows it is part of a path).
 */
export function splitWords(text: string, options: { isWindows: boolean }): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const c = text.charAt(at);
    if (quote !== undefined) {
      if (c === quote) quote = undefined;
      else if (c === '\\' && quote === '"' && !options.isWindows && /["\\$`]/.test(text.charAt(at + 1))) {
        word += text.charAt(++at);
      } else word += c;
    } else if (c === '"' || (c === "'" && !options.isWindows)) {
      quote = c;
      word ??= '';
    } else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (c === '\\' && !options.isWindows && at + 1 < text.length) word = (word ?? '') + text.charAt(++at);
    else word = (word ?? '') + c;
  }
  if (word !== undefined) words.push(word);
  return words;
}
