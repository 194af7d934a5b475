import type { BoundFile, BoundSection } from '../bind.ts';
import type { BoundValue } from '../values.ts';

/** One text of the file with its place: a value, an item of a list, or a value of a map. */
export interface PlacedText {
  text: string;
  at: { start: number; end: number };
}

export interface BoundKey {
  /** `vm_templates`, `dev`, `apt`. */
  path: string[];
  section: BoundSection;
  bound: BoundValue;
}

/** Every section that stands in the file: plain ones, then entries of collections. */
export function* everySection(file: BoundFile): Generator<BoundSection> {
  yield* file.sections.values();
  for (const entries of file.collections.values()) yield* entries.values();
}

/** Every key that stands in the file with a value of the right type. */
export function* everyKey(file: BoundFile): Generator<BoundKey> {
  for (const section of everySection(file)) {
    for (const [name, bound] of section.values) yield { path: [...section.path, name], section, bound };
  }
}

/** The texts of a value. Marks that take items out (`!name`) are not texts of their own. */
export function textsOf(bound: BoundValue): PlacedText[] {
  if (typeof bound.value === 'string') return [{ text: bound.value, at: bound.at }];
  if (bound.schema.type === 'list') return bound.items.filter((item) => !item.text.startsWith('!'));
  return bound.items;
}
