import { keyPath } from '../problems.ts';
import type { KeyValue, Syntax, TableSection } from '../toml/nodes.ts';
import { everyPair } from '../toml/pairs.ts';

const namesOf = ({ key }: TableSection): string[] => key.parts.map(({ value }) => value);

/** Where tables stand in a text, by key path: every problem of a file may ask. The first of a name counts. */
class Places {
  private readonly syntax: Syntax;
  private readonly sections = new Map<string, TableSection>();
  private readonly pairs = new Map<string, KeyValue>();
  /** By the length of their path. */
  private readonly dotted = new Map<number, Set<string>>();

  constructor(syntax: Syntax) {
    this.syntax = syntax;
    for (const section of syntax.sections) {
      const id = keyPath(namesOf(section));
      if (!this.sections.has(id)) this.sections.set(id, section);
    }
    for (const { path, pair } of everyPair(syntax)) {
      const id = keyPath(path);
      if (!this.pairs.has(id)) this.pairs.set(id, pair);
    }
  }

  section(path: readonly string[]): TableSection | undefined {
    return this.sections.get(keyPath(path));
  }

  pair(path: readonly string[]): KeyValue | undefined {
    return this.pairs.get(keyPath(path));
  }

  /** Is the table made by keys that go through it? */
  isDotted(path: readonly string[]): boolean {
    const { length } = path;
    const known = this.dotted.get(length) ?? this.dottedOf(length);
    this.dotted.set(length, known);
    return known.has(keyPath(path));
  }

  private dottedOf(length: number): Set<string> {
    const found = new Set<string>();
    for (const { path, outer } of everyPair(this.syntax)) {
      if (path.length > length && outer <= length) found.add(keyPath(path.slice(0, length)));
    }
    return found;
  }
}

const known = new WeakMap<Syntax, Places>();

export function placesOf(syntax: Syntax): Places {
  const places = known.get(syntax) ?? new Places(syntax);
  known.set(syntax, places);
  return places;
}
