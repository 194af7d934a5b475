/** 1-based line and column (UTF-16 units). */
export interface LineColumn {
  line: number;
  column: number;
}

/** Turns offsets of one text into lines and columns. A byte order mark takes no column. */
export class LineIndex {
  private readonly starts: number[] = [0];
  private readonly length: number;
  private readonly hasMark: boolean;

  constructor(text: string) {
    this.length = text.length;
    this.hasMark = text.charCodeAt(0) === 0xfeff;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.starts.push(at + 1);
  }

  position(offset: number): LineColumn {
    const at = Math.max(0, Math.min(offset, this.length));
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    const column = at - (this.starts[low] ?? 0) + 1;
    return { line: low + 1, column: low === 0 && this.hasMark ? Math.max(1, column - 1) : column };
  }

  /** Where a 1-based line begins. */
  offsetOf(line: number): number {
    return this.starts[Math.max(0, line - 1)] ?? this.length;
  }
}
