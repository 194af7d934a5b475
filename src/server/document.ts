import { fileURLToPath } from 'node:url';
import type { Position, Range } from 'vscode-languageserver';
import { type BoundFile, bindDocument, type PathBase } from '../core/config/bind.ts';
import { checkBound } from '../core/config/check/index.ts';
import { type EffectiveValues, resolveTemplate } from '../core/config/inherit.ts';
import type { TemplateKind } from '../core/config/model.ts';
import type { Problems } from '../core/config/problems.ts';
import { schemaAt } from '../core/config/schema/index.ts';
import type { SchemaNode } from '../core/config/schema/types.ts';
import { type Occurrence, type Symbols, symbolsOf } from '../core/config/symbols.ts';
import { parseDocument } from '../core/config/toml/document.ts';
import type { KeyPart, ScalarValue, Span, Syntax } from '../core/config/toml/nodes.ts';
import { everyPair, type PlacedPair } from '../core/config/toml/pairs.ts';
import { type Where, whereAt } from '../core/config/toml/where.ts';
import { type Encoding, TextLines } from './text.ts';

/** What stands at a caret, bound to the schema. */
export interface Place extends Where {
  offset: number;
  /**
   * Key path of what the caret is on: `['vm_templates', 'dev', 'cpus']`. In a header, up to the part of the caret; on a
   * key, up to the part of the caret; in a value, the whole key. Empty on no key at all.
   */
  path: string[];
  /** Key path of the section or inline table that a key at this place would belong to. */
  scope: string[];
  /** What the schema says of `path`; undefined for what it does not know. */
  schema: SchemaNode | undefined;
  /** The text, number or other single value that the caret touches. */
  scalar: ScalarValue | undefined;
  /** The template, credential or catalog entry that the caret is on. */
  readonly symbol: Occurrence | undefined;
}

/**
 * One version of one open file: all that a feature reads. It never changes; a new version of the text is a new one, so
 * whatever is derived from it may be kept on it.
 *
 * - `text`, `syntax` — as written: sections, pairs, values and comments with exact ranges (`Span`s, UTF-16 offsets).
 * - `file` — as meant: `file.sections` and `file.collections` hold every value bound to its key's description.
 *   `problems.findings()` is what is wrong with the text alone; files of this machine are judged in `findings.ts`.
 * - `placeAt(offset)` — what stands at a caret. `pairs()` — every key of the file with its key path,
 *   those of inline tables too; `schemaAt(path)` says what the schema knows of it.
 * - `symbols` — who defines and who refers to each template, credential and catalog entry.
 * - `effective(kind, name)` — a template after inheritance, each value with its origin.
 * - `range(span)`, `span(range)`, `offsetAt(position)`, `positionAt(offset)`, `lines` — positions of the client.
 */
export class ConfigDocument {
  readonly uri: string;
  readonly version: number;
  readonly text: string;
  readonly file: BoundFile;
  readonly lines: TextLines;
  private isJudged = false;
  private readonly resolved = new Map<string, EffectiveValues>();

  constructor(uri: string, version: number, text: string, base: PathBase, encoding: Encoding) {
    this.uri = uri;
    this.version = version;
    this.text = text;
    this.lines = new TextLines(text, encoding);
    this.file = bindDocument(pathOf(uri), parseDocument(text), base);
  }

  /** Judged at the first use: completion and most other answers need none of it. */
  get problems(): Problems {
    if (!this.isJudged) {
      this.isJudged = true;
      checkBound(this.file);
    }
    return this.file.problems;
  }

  get syntax(): Syntax {
    return this.file.document.syntax;
  }

  get symbols(): Symbols {
    return symbolsOf(this.file);
  }

  effective(kind: TemplateKind, name: string): EffectiveValues {
    const id = `${kind}\n${name}`;
    const known = this.resolved.get(id);
    if (known !== undefined) return known;
    const values = resolveTemplate(this.file, kind, name);
    this.resolved.set(id, values);
    return values;
  }

  placeAt(offset: number): Place {
    const where = whereAt(this.syntax, offset);
    const outer = where.side === 'header' || where.section === undefined ? [] : names(where.section.key.parts);
    const inner = where.pairs.map(({ key }) => names(key.parts));
    const isOnKey = where.side === 'key' && where.part !== undefined;
    const scope = [...outer, ...inner.slice(0, isOnKey || where.side === 'value' ? -1 : undefined).flat()];
    let path: string[] = [];
    if (where.side === 'value') path = [...outer, ...inner.flat()];
    else if (isOnKey) path = [...scope, ...upTo(where.pairs.at(-1)?.key.parts ?? [], where.part)];
    else if (where.side === 'header' && where.part !== undefined) {
      path = upTo(where.section?.key.parts ?? [], where.part);
    }
    const { file } = this;
    const value = where.values.at(-1);
    const isScalar = value !== undefined && 'value' in value;
    return {
      ...where,
      offset,
      path,
      scope,
      schema: path.length === 0 ? undefined : schemaAt(path),
      scalar: isScalar ? value : undefined,
      // Made at use: few answers need the names of the whole file.
      get symbol() {
        return symbolsOf(file).at(offset);
      },
    };
  }

  pairs(): Generator<PlacedPair> {
    return everyPair(this.syntax);
  }

  offsetAt(position: Position): number {
    return this.lines.offsetAt(position);
  }

  positionAt(offset: number): Position {
    return this.lines.positionAt(offset);
  }

  range(span: Span): Range {
    return this.lines.range(span);
  }

  span(range: Range): Span {
    return this.lines.span(range);
  }
}

const names = (parts: readonly KeyPart[]): string[] => parts.map(({ value }) => value);

const upTo = (parts: readonly KeyPart[], part: KeyPart | undefined): string[] =>
  names(parts.slice(0, part === undefined ? 0 : parts.indexOf(part) + 1));

function pathOf(uri: string): string {
  try {
    return fileURLToPath(uri);
  } catch {
    // An unsaved buffer has no path.
    return uri;
  }
}
