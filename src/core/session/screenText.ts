import { stripControls } from '../text.ts';

/** 0–15: one of the terminal's own colours, which the theme decides; else `#rrggbb`. */
export type ScreenColor = number | string;

export interface ScreenStyle {
  foreground?: ScreenColor;
  background?: ScreenColor;
  isBold?: true;
  isDim?: true;
  isItalic?: true;
  isUnderlined?: true;
  isInverse?: true;
  isStruck?: true;
}

/** Part of a line in one style; offsets in UTF-16 units. */
export interface ScreenSpan {
  start: number;
  end: number;
  style: ScreenStyle;
}

export interface ScreenLine {
  text: string;
  /** Only what has a style. */
  spans: ScreenSpan[];
}

const hex = (...parts: number[]): string => `#${parts.map((one) => one.toString(16).padStart(2, '0')).join('')}`;
const cube = (step: number): number => (step === 0 ? 0 : 55 + 40 * step);

/** A colour of the 256: the terminal's own, the cube of colours, the ramp of greys. */
function indexed(index: number): ScreenColor | undefined {
  if (!Number.isInteger(index) || index < 0 || index > 255) return undefined;
  if (index < 16) return index;
  if (index >= 232) return hex(...Array.from({ length: 3 }, () => 8 + 10 * (index - 232)));
  const n = index - 16;
  return hex(cube(Math.floor(n / 36)), cube(Math.floor(n / 6) % 6), cube(n % 6));
}

const isByte = (value: number | undefined): value is number => value !== undefined && value >= 0 && value <= 255;

/** `38;5;N`, `38;2;R;G;B` and the same with colons; returns how many parameters it took. */
function extended(codes: readonly number[], at: number): { color: ScreenColor | undefined; taken: number } {
  const [kind, a, b, c] = codes.slice(at + 1, at + 5);
  if (kind === 5) return { color: indexed(a ?? -1), taken: 2 };
  if (kind !== 2) return { color: undefined, taken: 0 };
  return { color: isByte(a) && isByte(b) && isByte(c) ? hex(a, b, c) : undefined, taken: 4 };
}

/** The style after a sequence that selects one. */
function selected(before: ScreenStyle, parameters: string): ScreenStyle {
  let style = { ...before };
  const codes = (parameters === '' ? '0' : parameters).split(/[;:]/).map((one) => (one === '' ? 0 : Number(one)));
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] ?? 0;
    if (code === 0) style = {};
    else if (code === 1) style.isBold = true;
    else if (code === 2) style.isDim = true;
    else if (code === 3) style.isItalic = true;
    else if (code === 4) style.isUnderlined = true;
    else if (code === 7) style.isInverse = true;
    else if (code === 9) style.isStruck = true;
    else if (code === 22) style = without(style, 'isBold', 'isDim');
    else if (code === 23) style = without(style, 'isItalic');
    else if (code === 24) style = without(style, 'isUnderlined');
    else if (code === 27) style = without(style, 'isInverse');
    else if (code === 29) style = without(style, 'isStruck');
    else if (code >= 30 && code <= 37) style.foreground = code - 30;
    else if (code >= 90 && code <= 97) style.foreground = code - 82;
    else if (code === 39) style = without(style, 'foreground');
    else if (code >= 40 && code <= 47) style.background = code - 40;
    else if (code >= 100 && code <= 107) style.background = code - 92;
    else if (code === 49) style = without(style, 'background');
    else if (code === 38 || code === 48) {
      const { color, taken } = extended(codes, at);
      if (color !== undefined) style[code === 38 ? 'foreground' : 'background'] = color;
      at += taken;
    }
  }
  return style;
}

function without(style: ScreenStyle, ...keys: (keyof ScreenStyle)[]): ScreenStyle {
  return Object.fromEntries(Object.entries(style).filter(([key]) => !keys.includes(key as keyof ScreenStyle)));
}

const selection = /\u001b\[([0-9;:]{0,200})m/;

/** What tmux shows, as plain lines and their styles. Every other sequence and control character is gone. */
export function parseScreen(text: string): ScreenLine[] {
  let style: ScreenStyle = {};
  return text.split('\n').map((line) => {
    const pieces = line.split(selection);
    let plain = '';
    const spans: ScreenSpan[] = [];
    for (const [i, piece] of pieces.entries()) {
      if (i % 2 === 1) {
        style = selected(style, piece);
        continue;
      }
      const shown = stripControls(piece);
      const start = plain.length;
      plain += shown;
      if (shown !== '' && Object.keys(style).length > 0) spans.push({ start, end: plain.length, style });
    }
    return { text: plain, spans };
  });
}
