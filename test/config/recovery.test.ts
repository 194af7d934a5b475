import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDocument, type TomlDocument } from '../../src/core/config/toml/document.ts';
import type { KeyValue } from '../../src/core/config/toml/nodes.ts';
import { soak } from '../soak.ts';

const text = readFileSync(join(import.meta.dirname, '..', 'server', 'fixtures', 'long.toml'), 'utf8');
const lines = text.split('\n');
/** Every third caret position in a test run, every one in a long one. */
const stride = soak(3, 1);

/** Each header and each key with the header that it stands below, as texts: what the rest of the server lives on. */
function namesOf({ syntax }: TomlDocument, isElsewhere: (offset: number) => boolean): Map<string, number> {
  const found = new Map<string, number>();
  const add = (name: string) => found.set(name, (found.get(name) ?? 0) + 1);
  const inPairs = (items: readonly KeyValue[], header: string) => {
    for (const { key, value, start } of items) {
      if (!isElsewhere(start)) continue;
      const name = `${header} ${key.parts.map((part) => part.value).join('.')}`;
      add(name);
      if (value?.type === 'inline-table') inPairs(value.items, name);
    }
  };
  inPairs(syntax.items, '');
  for (const section of syntax.sections) {
    const header = `[${section.key.parts.map((part) => part.value).join('.')}]`;
    if (isElsewhere(section.start)) add(header);
    inPairs(section.items, header);
  }
  return found;
}

interface Losses {
  positions: number;
  expected: number;
  kept: number;
  positionsWithStray: number;
  /** Where something was lost or said that has nothing to do with the line, for the message of a failure. */
  worst: string[];
}

/** Compares a text whose line from `from` to `to` is unfinished with the whole one: everything before and after must be as it was. */
function compare(losses: Losses, whole: TomlDocument, half: string, from: number, to: number, cut: number): void {
  const document = parseDocument(half);
  const wanted = namesOf(whole, (offset) => offset < from || offset > to);
  const found = namesOf(document, (offset) => offset < from || offset > to - cut);
  let lost = 0;
  for (const [name, count] of wanted) {
    losses.expected += count;
    const kept = Math.min(count, found.get(name) ?? 0);
    losses.kept += kept;
    lost += count - kept;
  }
  const strays = document.problems.filter(
    ({ severity, start }) => severity === 'error' && (start < from || start > to - cut),
  );
  if (strays.length > 0) losses.positionsWithStray++;
  losses.positions++;
  if (lost > 20 || strays.length > 0) {
    const place = document.lines.position(from).line;
    losses.worst.push(`line ${place}, cut ${cut}: lost ${lost}, stray ${strays.map((s) => s.message).join('; ')}`);
  }
}

const none = (): Losses => ({ positions: 0, expected: 0, kept: 0, positionsWithStray: 0, worst: [] });

/** Statements of several lines are one: the caret is in the whole of it. */
function statementEnd(document: TomlDocument, from: number, lineEnd: number): number {
  const pairs = [...document.syntax.items, ...document.syntax.sections.flatMap((section) => section.items)];
  const around = pairs.find(({ start, end }) => start <= from && from < end && end > lineEnd);
  return around?.end ?? lineEnd;
}

describe('a 300-line file that is being written', () => {
  const whole = parseDocument(text);

  test('is sound as a whole', () => {
    expect(lines.length).toBeGreaterThanOrEqual(300);
    expect(whole.problems).toEqual([]);
  });

  test('keeps everything else at every caret position with the rest of the line missing', () => {
    const losses = none();
    let lineStart = 0;
    for (const line of lines) {
      const lineEnd = lineStart + line.length;
      for (let at = lineStart; at <= lineEnd; at += stride) {
        const half = text.slice(0, at) + text.slice(lineEnd);
        compare(losses, whole, half, lineStart, statementEnd(whole, lineStart, lineEnd), lineEnd - at);
      }
      lineStart = lineEnd + 1;
    }
    expect(losses.positions).toBeGreaterThan(text.length / (stride + 1));
    expect(losses.kept / losses.expected, losses.worst.slice(0, 20).join('\n')).toBeGreaterThanOrEqual(0.995);
    expect(losses.positionsWithStray / losses.positions, losses.worst.slice(0, 20).join('\n')).toBeLessThanOrEqual(
      0.02,
    );
  });

  test('keeps everything before the caret while it is typed from nothing', () => {
    const losses = none();
    let lineStart = 0;
    for (const line of lines) {
      const lineEnd = lineStart + line.length;
      const before = parseDocument(text.slice(0, lineStart));
      const open = statementStart(before, lineStart);
      for (let at = lineStart; at <= lineEnd; at += stride) compare(losses, before, text.slice(0, at), open, at, 0);
      lineStart = lineEnd + 1;
    }
    expect(losses.kept / losses.expected, losses.worst.slice(0, 20).join('\n')).toBeGreaterThanOrEqual(0.995);
    expect(losses.positionsWithStray / losses.positions, losses.worst.slice(0, 20).join('\n')).toBeLessThanOrEqual(
      0.02,
    );
  });
});

/** Where the statement begins that is still open at the end of this text. */
function statementStart({ syntax, problems }: TomlDocument, end: number): number {
  const last = syntax.sections.at(-1)?.items.at(-1) ?? syntax.items.at(-1);
  const isOpen =
    last !== undefined && problems.some(({ severity, start }) => severity === 'error' && start >= last.start);
  return isOpen ? last.start : end;
}
