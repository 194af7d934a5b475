/** Mulberry32: numbers in [0, 1) that are the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** `count` of the list in a random order; all of it in its own order when that many are wanted. */
export function pick<T>(list: readonly T[], count: number, random: () => number): T[] {
  if (count >= list.length) return [...list];
  const rest = [...list];
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random() * (rest.length - i));
    const [a, b] = [rest[i], rest[j]];
    if (a !== undefined && b !== undefined) [rest[i], rest[j]] = [b, a];
  }
  return rest.slice(0, count);
}
