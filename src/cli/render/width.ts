/** Columns that a text without control characters takes in a terminal. */
export type Measure = (text: string) => number;

const isPlain = (text: string): boolean => /^[\n -~]*$/.test(text);

/** Never too small: whatever is not ASCII counts as wide. */
export const roughWidth: Measure = (text) => (isPlain(text) ? text.length : [...text].length * 2);

/** Measures this text exactly. The library for wide characters takes longer to load than most verbs to run, and ASCII needs none. */
export async function measureFor(text: string): Promise<Measure> {
  if (isPlain(text)) return (part) => part.length;
  const { default: stringWidth } = await import('string-width');
  return (part) => (isPlain(part) ? part.length : stringWidth(part));
}
