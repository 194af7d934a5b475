const lineControls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const allControls = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029]/g;
const escapeSequences = /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-~])/g;

/**
 * Text from a machine made harmless: escape sequences and control characters (C0, C1, bidirectional overrides) are
 * removed; `keepLines` lets line feeds and tabs (as blanks) through.
 */
export function stripControls(text: string, keepLines = false): string {
  const plain = text.replace(escapeSequences, '').replaceAll('\t', '    ');
  return keepLines ? plain.replace(/\r\n?/g, '\n').replace(lineControls, '') : plain.replace(allControls, '');
}
