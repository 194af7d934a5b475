import type { ScreenColor, ScreenLine, ScreenStyle } from '../../core/session/screenText.ts';

/** Where a style stands: line and offsets. */
export interface Place {
  line: number;
  start: number;
  end: number;
}

/** As an editor decorates text; colours of the terminal are named as themes name them. */
export interface Look {
  color?: { theme: string } | string;
  backgroundColor?: { theme: string } | string;
  fontWeight?: 'bold';
  fontStyle?: 'italic';
  textDecoration?: string;
  opacity?: string;
}

/** A program that prints a rainbow must not make thousands of decorations; what comes later is plain. */
const mostLooks = 200;

const names = ['Black', 'Red', 'Green', 'Yellow', 'Blue', 'Magenta', 'Cyan', 'White'] as const;

const colorOf = (color: ScreenColor): { theme: string } | string =>
  typeof color === 'string'
    ? color
    : { theme: `terminal.ansi${color >= 8 ? 'Bright' : ''}${names[color % 8] ?? 'White'}` };

export function lookOf(style: ScreenStyle): Look {
  const own = (color: ScreenColor | undefined): { theme: string } | string | undefined =>
    color === undefined ? undefined : colorOf(color);
  let [front, back] = [own(style.foreground), own(style.background)];
  if (style.isInverse)
    [front, back] = [back ?? { theme: 'editor.background' }, front ?? { theme: 'editor.foreground' }];
  const lines = [...(style.isUnderlined ? ['underline'] : []), ...(style.isStruck ? ['line-through'] : [])];
  return {
    ...(front === undefined ? {} : { color: front }),
    ...(back === undefined ? {} : { backgroundColor: back }),
    ...(style.isBold ? { fontWeight: 'bold' as const } : {}),
    ...(style.isItalic ? { fontStyle: 'italic' as const } : {}),
    ...(lines.length > 0 ? { textDecoration: lines.join(' ') } : {}),
    ...(style.isDim ? { opacity: '0.6' } : {}),
  };
}

/** Each look with where it stands; the key is equal for equal looks. */
export function looksOf(lines: readonly ScreenLine[]): Map<string, { look: Look; places: Place[] }> {
  const all = new Map<string, { look: Look; places: Place[] }>();
  for (const [line, { spans }] of lines.entries()) {
    for (const { start, end, style } of spans) {
      const look = lookOf(style);
      const key = JSON.stringify(look);
      const known = all.get(key);
      if (known !== undefined) known.places.push({ line, start, end });
      else if (all.size < mostLooks) all.set(key, { look, places: [{ line, start, end }] });
    }
  }
  return all;
}
