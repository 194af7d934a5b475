/**
 * Whether `text` as a whole is what `pattern` (`*`, `?`) describes, without and with `separator`s only where they are
 * written. Takes at most the product of both lengths, whatever the pattern: as a regular expression `*a*a*a*` may take
 * for ever.
 */
export function matchesGlob(pattern: string, text: string, separator = ''): boolean {
  const isAny = (character: string | undefined): boolean => character !== undefined && character !== separator;
  let [inPattern, inText] = [0, 0];
  let star: { inPattern: number; inText: number } | undefined;
  while (inText < text.length) {
    const wanted = pattern[inPattern];
    if (wanted === '*') star = { inPattern: ++inPattern, inText };
    else if (wanted === text[inText] || (wanted === '?' && isAny(text[inText]))) {
      inPattern++;
      inText++;
    } else if (star !== undefined && isAny(text[star.inText])) {
      inPattern = star.inPattern;
      inText = ++star.inText;
    } else return false;
  }
  while (pattern[inPattern] === '*') inPattern++;
  return inPattern === pattern.length;
}
