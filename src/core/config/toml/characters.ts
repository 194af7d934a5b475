export const tab = 9;
export const lineFeed = 10;
export const carriageReturn = 13;
export const blank = 32;
export const doubleQuote = 34;
export const hash = 35;
export const singleQuote = 39;
export const comma = 44;
export const dot = 46;
export const equals = 61;
export const openBracket = 91;
export const backslash = 92;
export const closeBracket = 93;
export const openBrace = 123;
export const closeBrace = 125;
export const byteOrderMark = 0xfeff;

const bareKeyCharacters = new Uint8Array(128);
for (const c of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-') {
  bareKeyCharacters[c.charCodeAt(0)] = 1;
}

export const isBareKeyCharacter = (c: number): boolean => c >= 0 && c < 128 && bareKeyCharacters[c] === 1;
export const isBlank = (c: number): boolean => c === blank || c === tab;
export const isDigit = (c: number): boolean => c >= 48 && c <= 57;
export const isForbiddenControl = (c: number): boolean => (c >= 0 && c < 32 && c !== tab) || c === 127;

const delimiters = new Set([
  blank,
  tab,
  lineFeed,
  carriageReturn,
  comma,
  equals,
  openBracket,
  closeBracket,
  openBrace,
  closeBrace,
  hash,
  doubleQuote,
  singleQuote,
]);

/** Ends an unquoted value. */
export const endsValue = (c: number): boolean => delimiters.has(c);
/** Ends an unquoted key part. */
export const endsKeyPart = (c: number): boolean => c === dot || delimiters.has(c);

export const hex4 = (c: number): string => `U+${c.toString(16).toUpperCase().padStart(4, '0')}`;
