import type { KeyValue, Syntax } from './nodes.ts';

/** A key with its value as it stands in the file, and its key path with the section that it stands in. */
export interface PlacedPair {
  pair: KeyValue;
  path: string[];
  /** How many names of the path are those of the section and of inline tables around it. */
  outer: number;
}

/** Every key of a file in the order of the text; those of inline tables too, behind the key that holds them. */
export function* everyPair({ items, sections }: Pick<Syntax, 'items' | 'sections'>): Generator<PlacedPair> {
  yield* pairsIn(items, []);
  for (const { key, items: own } of sections) {
    yield* pairsIn(
      own,
      key.parts.map(({ value }) => value),
    );
  }
}

function* pairsIn(items: readonly KeyValue[], outer: readonly string[]): Generator<PlacedPair> {
  for (const pair of items) {
    const path = [...outer, ...pair.key.parts.map(({ value }) => value)];
    yield { pair, path, outer: outer.length };
    if (pair.value?.type === 'inline-table') yield* pairsIn(pair.value.items, path);
  }
}
