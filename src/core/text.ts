/** Order of text turned round (bidirectional marks, embeddings, overrides, isolates), and what takes no room at all. */
const unseen =
  '\\u00ad\\u061c\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e007f}';
const lineControls = new RegExp(`[\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f${unseen}]`, 'gu');
const allControls = new RegExp(`[\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029${unseen}]`, 'gu');
const dataControls = new RegExp(`[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f${unseen}]`, 'gu');
const escapeSequences =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\n\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]/g;

/**
 * Text from a machine made harmless: escape sequences and control characters (C0, C1), what turns the order of text
 * round, and what is not seen are removed; `keepLines` lets line feeds and tabs (as blanks) through.
 */
export function stripControls(text: string, keepLines = false): string {
  const plain = text.replace(escapeSequences, '').replaceAll('\t', '    ');
  return keepLines ? plain.replace(/\r\n?/g, '\n').replace(lineControls, '') : plain.replace(allControls, '');
}

/** The same for all texts in data, keys included; tabs and line feeds stay. */
export function cleanData(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(escapeSequences, '').replace(dataControls, '');
  if (Array.isArray(value)) return value.map(cleanData);
  if (value === null || typeof value !== 'object' || 'toJSON' in value) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [cleanData(key), cleanData(one)]));
}

/** `312 B`, `4.0 KiB`, `1.5 GiB`. */
export function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** `1 agent`, `2 agents`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
