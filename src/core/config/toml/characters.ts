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

export const isBlank = (c: number): boolean => c === blank || c === tab;
export const isDigit = (c: number): boolean => c >= 48 && c <= 57;
export const isForbiddenControl = (c: number): boolean => (c >= 0 && c < 32 && c !== tab) || c === 127;

export const hex4 = (c: number): string => `U+${c.toString(16).toUpperCase().padStart(4, '0')}`;
