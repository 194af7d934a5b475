/** Columns that a text without control characters takes in a terminal. */
export type Measure = (text: string) => number;

export const isPlain = (text: string): boolean => /^[\n -~]*$/.test(text);

/** Never too small: whatever is not ASCII counts as wide. */
export const roughWidth: Measure = (text) => (isPlain(text) ? text.length : [...text].length * 2);
