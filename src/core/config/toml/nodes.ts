/** UTF-16 offsets into the text; `end` is exclusive. */
export interface Span {
  start: number;
  end: number;
}

export interface SyntaxProblem extends Span {
  /** `note`: valid TOML 1.1 that a TOML 1.0 reader refuses. */
  severity: 'error' | 'note';
  code: 'toml-syntax' | 'toml-duplicate' | 'toml-version';
  message: string;
  /** The place that this one clashes with. */
  related?: Span | undefined;
}

export interface KeyPart extends Span {
  style: 'bare' | 'basic' | 'literal' | 'missing';
  value: string;
}

export interface Key extends Span {
  parts: KeyPart[];
}

export type ScalarType =
  | 'string'
  | 'integer'
  | 'float'
  | 'boolean'
  | 'datetime'
  | 'local-datetime'
  | 'local-date'
  | 'local-time';

export interface ScalarValue extends Span {
  type: ScalarType;
  /** Dates and times keep their text. Integers beyond 2^53 are bigints. */
  value: string | number | bigint | boolean;
}

/** `missing` has no width; `invalid` covers text that is no value. */
export type BrokenValue = (Span & { type: 'invalid' }) | (Span & { type: 'missing' });

export interface ArrayValue extends Span {
  type: 'array';
  items: ValueNode[];
  isClosed: boolean;
}

export interface InlineTable extends Span {
  type: 'inline-table';
  items: KeyValue[];
  isClosed: boolean;
}

export type ValueNode = ScalarValue | BrokenValue | ArrayValue | InlineTable;

export interface KeyValue extends Span {
  key: Key;
  /** Offset of `=`, or -1. */
  equals: number;
  value: ValueNode | undefined;
}

export interface TableSection extends Span {
  type: 'table' | 'array-of-tables';
  key: Key;
  /** The header with its brackets. */
  header: Span;
  items: KeyValue[];
}

/** The concrete tree: everything that stands in the file, in order. */
export interface Syntax {
  text: string;
  /** Keys before the first header. */
  items: KeyValue[];
  sections: TableSection[];
  comments: Span[];
  problems: SyntaxProblem[];
}
