import { LineIndex } from './lines.ts';
import type { Syntax, SyntaxProblem } from './nodes.ts';
import { readSyntax } from './syntax.ts';
import { buildTree, type TableNode } from './tree.ts';

export interface TomlDocument {
  text: string;
  /** Everything as written, for tools that work on the text. */
  syntax: Syntax;
  /** Everything as meant, with the place of each key and value. */
  root: TableNode;
  /** In the order of the text. */
  problems: SyntaxProblem[];
  lines: LineIndex;
}

/** Reads any text; never throws. */
export function parseDocument(text: string): TomlDocument {
  const syntax = readSyntax(text);
  const problems = syntax.problems;
  const root = buildTree(syntax, problems);
  problems.sort((a, b) => a.start - b.start);
  return { text, syntax, root, problems, lines: new LineIndex(text) };
}
