import type { Cell, Column } from '../commands/output.ts';
import { stripControls } from '../text.ts';
import type { Style } from './style.ts';
import type { Measure } from './width.ts';

export type TableRow = Readonly<Record<string, Cell | string>>;

/** Text of a cell on one line, safe to print; `-` for what is missing. */
export function cellText(value: Cell | string | undefined): string {
  const text = stripControls(typeof value === 'object' ? value.text : (value ?? '')).trimEnd();
  return text === '' ? '-' : text;
}

export function paintCell(value: Cell | string | undefined, style: Style): string {
  return style.tone(typeof value === 'object' ? value.tone : undefined, cellText(value));
}

interface Painted {
  painted: string;
  width: number;
}

/** Columns sized to content, two blanks between, no trailing blanks. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly TableRow[],
  style: Style,
  measure: Measure,
): string {
  const head = columns.map(({ title }): Painted => ({ painted: style.bold(title), width: measure(title) }));
  const body = rows.map((row) =>
    columns.map(({ key }): Painted => {
      const value = row[key];
      const text = cellText(value);
      return {
        painted: style.tone(typeof value === 'object' ? value.tone : undefined, text),
        width: measure(text),
      };
    }),
  );
  const widths = head.map(({ width }, index) => Math.max(width, ...body.map((cells) => cells[index]?.width ?? 0)));
  const line = (cells: readonly Painted[]): string =>
    cells
      .map(({ painted, width }, index) => {
        const pad = ' '.repeat((widths[index] ?? 0) - width);
        if (columns[index]?.align === 'right') return pad + painted;
        return index === cells.length - 1 ? painted : painted + pad;
      })
      .join('  ')
      .trimEnd();
  return [head, ...body].map((cells) => `${line(cells)}\n`).join('');
}
