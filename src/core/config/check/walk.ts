import type { BoundFile, BoundSection } from '../bind.ts';
import type { BoundValue } from '../values.ts';

/** One text of the file with its place: a value, an item of a list, or a value of a map. */
export interface PlacedText {
  text: string;
  at: { start: number; end: number };
}

/** Every section that stands in the file: plain ones, then entries of collections. */
export function* everySection(file: BoundFile): Generator<BoundSection> {
  yield* file.sections.values();
  for (const entries of file.collections.values()) yield* entries.values();
}

/** The texts of a value. Marks that take items out (`!name`) are not texts of their own. */
export function textsOf(bound: BoundValue): PlacedText[] {
  if (typeof bound.value === 'string') return [{ text: bound.value, at: bound.at }];
  if (bound.schema.type === 'list') return bound.items.filter((item) => !item.text.startsWith('!'));
  return bound.items;
}
