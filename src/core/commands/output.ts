/** How a cell or label is to be shown; renderers choose colours and icons. */
export type Tone = 'normal' | 'good' | 'warning' | 'bad' | 'muted';

export interface Cell {
  text: string;
  tone?: Tone;
}

export interface Column {
  /** Key in the row and in JSON docs. */
  key: string;
  title: string;
  align?: 'left' | 'right';
}

export type Section =
  | { title: string; fields: ReadonlyArray<readonly [label: string, value: Cell | string]> }
  | { title: string; lines: ReadonlyArray<Cell | string>; empty?: string }
  | { title: string; columns: readonly Column[]; rows: ReadonlyArray<Record<string, Cell | string>>; empty?: string };

/**
 * What a verb returns. `data` is what `--json` prints, and is stable; the rest is for people. Text read from a
 * machine is passed as it came: renderers strip control characters.
 */
export type Output =
  | { type: 'nothing'; data?: unknown }
  | { type: 'message'; text: string; details?: readonly string[]; data?: unknown }
  | {
      type: 'table';
      columns: readonly Column[];
      rows: ReadonlyArray<Record<string, Cell | string>>;
      /** Shown instead of an empty table. */
      empty: string;
      notes?: readonly string[];
      data: unknown;
    }
  | {
      type: 'record';
      title: string;
      sections: readonly Section[];
      data: unknown;
      /** Of the program when it is not 0: a look that found something wrong. */
      exitCode?: number;
    }
  /**
   * Text for its own sake: a sample file, a log, a script. Printed without an added newline. `isRaw`: control characters
   * included, since the operator asked for them; in data they are never.
   */
  | { type: 'text'; text: string; isRaw?: boolean; data?: unknown; exitCode?: number }
  /** A program took the terminal, or streamed; its exit code becomes ours. */
  | { type: 'exit'; code: number; data?: unknown };
