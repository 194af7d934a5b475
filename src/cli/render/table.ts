import stringWidth from 'string-width';
import type { Cell, Column } from '../../core/commands/output.ts';
import { stripControls } from '../../core/text.ts';
import type { Style } from './style.ts';

export type TableRow = Readonly<Record<string, Cell | string>>;

/** Text of a cell on one line, safe to print; `-` for what is missing. */
export function cellText(value: Cell | string | undefined): string {
  const text = stripControls(typeof value === 'object' ? value.text : (value ?? '')).trimEnd();
  return text === '' ? '-' : text;
}

export function paintCell(value: Cell | string | undefined, style: Style): string {
  return style.tone(typeof value === 'object' ? value.tone : undefined, cellText(value));
}

/** Padding that counts what a terminal shows: wide characters are two columns. */
export const padding = (text: string, width: number): string => ' '.repeat(Math.max(0, width - stringWidth(text)));

/** Columns sized to content, two blanks between, no trailing blanks. */
export function renderTable(columns: readonly Column[], rows: readonly TableRow[], style: Style): string {
  const widths = columns.map(({ key, title }) =>
    Math.max(stringWidth(title), ...rows.map((row) => stringWidth(cellText(row[key])))),
  );
  const line = (cells: readonly { plain: string; painted: string }[]): string =>
    cells
      .map(({ plain, painted }, index) => {
        const pad = padding(plain, widths[index] ?? 0);
        if (columns[index]?.align === 'right') return pad + painted;
        return index === cells.length - 1 ? painted : painted + pad;
      })
      .join('  ')
      .trimEnd();
  const head = line(columns.map(({ title }) => ({ plain: title, painted: style.bold(title) })));
  const body = rows.map((row) =>
    line(columns.map(({ key }) => ({ plain: cellText(row[key]), painted: paintCell(row[key], style) }))),
  );
  return `${[head, ...body].join('\n')}\n`;
}
