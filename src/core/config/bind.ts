import { isAbsolute, resolve } from 'node:path';
import { expandHome } from '../ports/files.ts';
import { CommentedHeaders } from './commentedHeaders.ts';
import { keyPath, type ProblemDetails, Problems } from './problems.ts';
import { configSchema, requiredKeys } from './schema/index.ts';
import type { CollectionSchema, SchemaNode, SectionSchema, ValueSchema } from './schema/types.ts';
import { meant, nearest, orList, replaced, sectionsWith } from './suggest.ts';
import type { TomlDocument } from './toml/document.ts';
import type { Span } from './toml/nodes.ts';
import type { Entry, TableNode } from './toml/tree.ts';
import { type BoundValue, type PlainValue, readValue } from './values.ts';

/** Where `~` and relative paths lead. */
export interface PathBase {
  home: string;
  cwd: string;
}

/** A section of the file bound to its description. */
export interface BoundSection {
  path: string[];
  /** Its header, or the first place that defines it. */
  at: Span;
  schema: SectionSchema;
  values: Map<string, BoundValue>;
}

/** A key that stands in the file with a value of the right type. */
export interface BoundKey {
  /** `vm_templates`, `dev`, `apt`. */
  path: readonly string[];
  section: BoundSection;
  bound: BoundValue;
}

export interface BoundFile {
  path: string;
  document: TomlDocument;
  problems: Problems;
  base: PathBase;
  /** Plain sections that stand in the file, by key path. */
  sections: Map<string, BoundSection>;
  /** Entries of each collection that stand in the file, in file order. */
  collections: Map<string, Map<string, BoundSection>>;
  /** Every key of both, in file order. */
  keys: BoundKey[];
}

/** Binds a document to the schema: every key finds its description, or a problem. */
export function bindDocument(path: string, document: TomlDocument, base: PathBase): BoundFile {
  const file: BoundFile = {
    path,
    document,
    base,
    problems: new Problems(path, document.lines),
    sections: new Map(),
    collections: new Map(),
    keys: [],
  };
  for (const problem of document.problems) {
    file.problems.add(problem.severity === 'note' ? 'info' : 'error', problem.code, problem, [], problem.message, {
      related:
        problem.related === undefined
          ? undefined
          : [
              {
                message: problem.code === 'toml-duplicate' ? 'First defined here' : 'It begins here',
                at: problem.related,
              },
            ],
    });
  }
  new Binder(file).section(document.root, configSchema, []);
  return file;
}

class Binder {
  private readonly file: BoundFile;
  private commentedHeaders: CommentedHeaders | undefined;

  constructor(file: BoundFile) {
    this.file = file;
  }

  section(table: TableNode, schema: SectionSchema, path: string[], at: Span = table.at): void {
    const bound: BoundSection = { path, at, schema, values: new Map() };
    if (path.length > 0) this.file.sections.set(keyPath(path), bound);
    this.entries(table, bound);
  }

  private entries(table: TableNode, bound: BoundSection): void {
    for (const entry of table.entries.values()) {
      const child = Object.hasOwn(bound.schema.children, entry.name) ? bound.schema.children[entry.name] : undefined;
      if (child === undefined) this.unknown(entry, bound, table);
      else this.child(entry, child, bound, table);
    }
    for (const [name, child] of requiredKeys(bound.schema)) {
      if (table.entries.has(name)) continue;
      this.file.problems.error(
        'missing-key',
        bound.at,
        [...bound.path, name],
        `${keyPath([...bound.path, name])} is required`,
        child.example === undefined ? {} : { hint: `For example: ${name} = ${child.example}` },
      );
    }
  }

  private child(entry: Entry, schema: SchemaNode, parent: BoundSection, table: TableNode): void {
    const { problems } = this.file;
    const path = [...parent.path, entry.name];
    switch (schema.kind) {
      case 'value':
        this.value(entry, schema, parent, table);
        return;
      case 'removed':
        problems.add(schema.severity, 'removed-key', entry.key, path, schema.says, { hint: schema.replacement });
        return;
      case 'section': {
        const inner = this.tableOf(entry, path);
        if (inner !== undefined) this.section(inner, schema, path, spanOf(entry));
        return;
      }
      case 'collection': {
        const inner = this.tableOf(entry, path);
        if (inner !== undefined) this.collection(inner, schema, path);
        return;
      }
      case 'alias':
        this.alias(entry, schema.target, table);
    }
  }

  private alias(entry: Entry, target: string, table: TableNode): void {
    const { problems } = this.file;
    const replacement = configSchema.children[target];
    const current = table.entries.get(target);
    const isReplaced = current !== undefined && current.node.kind === 'table';
    problems.warn('deprecated-key', entry.key, [entry.name], `[${entry.name}] is the old name of [${target}]`, {
      hint: isReplaced
        ? `[${target}] is there too and wins; remove [${entry.name}].`
        : `Rename the header to [${target}].`,
      fixes: isReplaced ? undefined : [replaced(entry.key, target)],
    });
    if (isReplaced || replacement?.kind !== 'section') return;
    const inner = this.tableOf(entry, [entry.name]);
    if (inner === undefined) return;
    const bound: BoundSection = { path: [entry.name], at: spanOf(entry), schema: replacement, values: new Map() };
    this.file.sections.set(target, bound);
    this.entries(inner, bound);
  }

  private collection(table: TableNode, schema: CollectionSchema, path: string[]): void {
    const entries = new Map<string, BoundSection>();
    this.file.collections.set(keyPath(path), entries);
    for (const entry of table.entries.values()) {
      const here = [...path, entry.name];
      const inner = this.tableOf(entry, here);
      if (inner === undefined) continue;
      const bound: BoundSection = { path: here, at: spanOf(entry), schema: schema.entry, values: new Map() };
      entries.set(entry.name, bound);
      this.entries(inner, bound);
    }
  }

  private tableOf(entry: Entry, path: string[]): TableNode | undefined {
    if (entry.node.kind === 'table') return entry.node;
    const { problems } = this.file;
    const name = keyPath(path);
    const hint =
      entry.node.kind === 'tables' ? `Write the header with single brackets: [${name}].` : `Write a header: [${name}].`;
    problems.error('wrong-type', entry.key, path, `${name} must be a table`, { hint });
    return undefined;
  }

  private value(entry: Entry, schema: ValueSchema, section: BoundSection, table: TableNode): void {
    const { problems, base } = this.file;
    const path = [...section.path, entry.name];
    const reading = readValue(schema, entry.node);
    for (const problem of reading.problems) {
      problems.add(problem.severity, problem.code, problem.at, path, `${keyPath(path)} ${problem.says}`, {
        hint: problem.hint,
        fixes: problem.instead === undefined ? undefined : [replaced(problem.at, problem.instead)],
      });
    }
    if (schema.deprecated !== undefined) {
      const { replacement, says } = schema.deprecated;
      problems.warn('deprecated-key', entry.key, path, `${keyPath(path)} is an old name; ${says}`, {
        fixes: table.entries.has(replacement) ? undefined : [replaced(entry.key, replacement)],
      });
    }
    if (schema.hasNoEffect !== undefined) {
      problems.warn('no-effect', entry.key, path, `${keyPath(path)} has no effect`, { hint: `${schema.hasNoEffect}.` });
    }
    if (reading.value === undefined) return;
    const items = reading.items.map((item) => {
      const text = finish(schema, item.text, base);
      return schema.type === 'map' ? { ...item, text } : { ...item, text, name: text };
    });
    let value: PlainValue = reading.value;
    if (schema.type === 'list') value = items.map((item) => item.text);
    else if (typeof value === 'string') {
      value = finish(schema, value, base);
      if (schema.type === 'string' && schema.isTrimmed === true && value === '') return;
    }
    const bound: BoundValue = { schema, value, key: entry.key, at: entry.node.at, items };
    if (!this.isAllowed(bound, path)) return;
    section.values.set(entry.name, bound);
    this.file.keys.push({ path, section, bound });
  }

  /** Range, choices and form. */
  private isAllowed(bound: BoundValue, path: string[]): boolean {
    const { problems } = this.file;
    const { schema, value } = bound;
    if (schema.type === 'integer' && typeof value === 'number') {
      const { minimum = -Infinity, maximum = Infinity } = schema;
      if (value >= minimum && value <= maximum) return true;
      const range = maximum === Infinity ? `at least ${minimum}` : `between ${minimum} and ${maximum}`;
      problems.error('out-of-range', bound.at, path, `${keyPath(path)} must be ${range}, not ${value}`);
      return false;
    }
    if (schema.type === 'string' && typeof value === 'string') {
      if (schema.choices !== undefined && !schema.choices.includes(value)) {
        const near = nearest(value, schema.choices);
        const details = near === undefined ? {} : meant(this.file, bound.at, near);
        problems.error(
          'not-allowed',
          bound.at,
          path,
          `${keyPath(path)} must be ${orList(schema.choices)}, not '${value}'`,
          details,
        );
        return false;
      }
      if (schema.pattern !== undefined && !matches(schema.pattern.matches, value)) {
        problems.error(
          'not-allowed',
          bound.at,
          path,
          `${keyPath(path)} is '${value}'; it must be ${schema.pattern.says}`,
        );
        return false;
      }
    }
    if (schema.type === 'list' && schema.pattern !== undefined) {
      for (const item of bound.items) {
        const text = item.text.startsWith('!') ? item.text.slice(1) : item.text;
        if (item.text === '!*' || matches(schema.pattern.matches, text)) continue;
        problems.error('not-allowed', item.at, path, `${keyPath(path)}: '${item.text}' is not ${schema.pattern.says}`);
      }
    }
    if (schema.type === 'map' && schema.keyPattern !== undefined) {
      for (const item of bound.items) {
        if (matches(schema.keyPattern.matches, item.name)) continue;
        problems.error(
          'not-allowed',
          item.at,
          path,
          `${keyPath(path)}: '${item.name}' is not ${schema.keyPattern.says}`,
        );
      }
    }
    return true;
  }

  private unknown(entry: Entry, section: BoundSection, table: TableNode): void {
    const { problems } = this.file;
    const path = [...section.path, entry.name];
    const isRoot = section.path.length === 0;
    const where = isRoot ? 'at the top level' : `in [${keyPath(section.path)}]`;
    const what = entry.node.kind === 'value' ? `'${entry.name}'` : `[${keyPath(path)}]`;
    const message = isRoot && entry.node.kind !== 'value' ? `Nothing reads ${what}` : `Nothing reads ${what} ${where}`;
    problems.warn('unknown-key', entry.key, path, message, this.unknownDetails(entry, section, table));
  }

  private unknownDetails(entry: Entry, section: BoundSection, table: TableNode): ProblemDetails {
    this.commentedHeaders ??= new CommentedHeaders(this.file.document);
    const commented = this.commentedHeaders.trapOf(entry, table);
    if (commented !== undefined) {
      return {
        hint: `The header [${commented.name}] above it is commented out; remove the # in front of it.`,
        related: [{ message: 'The header', at: commented.at }],
        fixes: [{ title: `Uncomment [${commented.name}]`, edits: [{ at: commented.mark, text: '' }] }],
      };
    }
    const siblings = Object.entries(section.schema.children)
      .filter(([name, child]) => child.kind !== 'removed' && !table.entries.has(name))
      .map(([name]) => name);
    const inner = section.schema.children.config;
    if (inner?.kind === 'section' && Object.hasOwn(inner.children, entry.name)) {
      return { hint: `'${entry.name}' belongs in [${keyPath([...section.path, 'config'])}].` };
    }
    const elsewhere = entry.node.kind === 'value' ? sectionsWith(entry.name) : [];
    if (elsewhere.length > 0) return { hint: `'${entry.name}' belongs in ${orList(elsewhere)}.` };
    const near = nearest(entry.name, siblings);
    return near === undefined ? {} : meant(this.file, entry.key, near);
  }
}

/** The whole header or key that an entry is written with. */
const spanOf = (entry: Entry): Span => entry.key;

/** `$` also matches before a final line feed. */
const matches = (pattern: RegExp, text: string): boolean => !text.includes('\n') && pattern.test(text);

/** The value as the program uses it: paths of this machine absolute, trimmed where blanks do not count. */
export function finish(schema: ValueSchema, text: string, base: PathBase): string {
  if (schema.type !== 'string' && schema.type !== 'list') return text;
  if (schema.type === 'string' && schema.isTrimmed === true) return text.trim();
  if (schema.refers?.to === 'remote-path') return withoutLastSlashes(text);
  if (schema.refers?.to !== 'local-path') return text;
  const mark = text.startsWith('!') ? '!' : '';
  const path = text.slice(mark.length);
  if (path === '' || path === '*' || (path.startsWith('~') && !/^~(?:$|[\\/])/.test(path))) return text;
  return mark + absolute(path, base);
}

function withoutLastSlashes(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === '/') end--;
  return path.slice(0, end);
}

export function absolute(path: string, base: PathBase): string {
  const expanded = expandHome(path, base.home);
  return isAbsolute(expanded) ? expanded : resolve(base.cwd, expanded);
}
