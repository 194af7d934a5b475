import type { Tone } from '../commands/output.ts';

/** Paints text for a terminal, or leaves it alone. */
export interface Style {
  tone(tone: Tone | undefined, text: string): string;
  bold(text: string): string;
}

const codes: Record<Tone, readonly [number, number] | undefined> = {
  normal: undefined,
  good: [32, 39],
  warning: [33, 39],
  bad: [31, 39],
  muted: [2, 22],
};

const paint = (pair: readonly [number, number], text: string): string =>
  text === '' ? '' : `\u001b[${pair[0]}m${text}\u001b[${pair[1]}m`;

export const plain: Style = { tone: (_, text) => text, bold: (text) => text };

export const coloured: Style = {
  tone: (tone, text) => {
    const pair = codes[tone ?? 'normal'];
    return pair === undefined ? text : paint(pair, text);
  },
  bold: (text) => paint([1, 22], text),
};

/** Colours only where a person looks, and never against `NO_COLOR`, `--no-color` or a dumb terminal. */
export function styleFor(
  stream: { isTTY?: boolean | undefined },
  env: Readonly<Record<string, string | undefined>>,
  isOff: boolean,
): Style {
  const isPlain = isOff || stream.isTTY !== true || (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb';
  return isPlain ? plain : coloured;
}
