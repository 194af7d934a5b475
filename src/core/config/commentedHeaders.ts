import { sectionsWith } from './suggest.ts';
import type { TomlDocument } from './toml/document.ts';
import type { Span } from './toml/nodes.ts';
import type { Entry, TableNode } from './toml/tree.ts';
import { lastBefore } from './toml/where.ts';

/** A header that is commented out: its comment, and the sign with the blanks behind it. */
interface CommentedHeader extends Span {
  name: string;
  mark: Span;
}

/** Headers that are commented out while keys below them are not. Found once, since every unknown key asks. */
export class CommentedHeaders {
  private readonly all: readonly CommentedHeader[];

  constructor({ text, syntax }: TomlDocument) {
    this.all = syntax.comments.flatMap(({ start, end }) => {
      const [, sign = '', name] = /^(#\s*)\[([A-Za-z0-9_.-]+)\]/.exec(text.slice(start, end)) ?? [];
      return name === undefined ? [] : [{ name, start, end, mark: { start, end: start + sign.length } }];
    });
  }

  /** The nearest one between this section's own header and the key, if its section knows the key. */
  trapOf(entry: Entry, table: TableNode): { name: string; at: Span; mark: Span } | undefined {
    const from = table.origin === 'root' ? 0 : table.at.end;
    const header = lastBefore(this.all, entry.key.start);
    if (header === undefined || header.start < from) return undefined;
    const { name, start, end, mark } = header;
    if (!sectionsWith(entry.name).some((known) => isSameSection(known.slice(1, -1), name))) return undefined;
    return { name, at: { start, end }, mark };
  }
}

function isSameSection(known: string, header: string): boolean {
  const a = known.split('.');
  const b = header.split('.');
  return a.length === b.length && a.every((part, index) => part === 'NAME' || part === b[index]);
}
