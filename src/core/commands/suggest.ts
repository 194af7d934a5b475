/** Edits (insert, delete, replace, swap of neighbours) that lead from one word to the other. */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const isSame = from[i - 1] === to[j - 1];
      let cost = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    before = above;
    above = row;
  }
  return above[to.length] ?? 0;
}

/** The known word that was probably meant, or undefined when none is near enough. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: { word: string; cost: number } | undefined;
  for (const candidate of known) {
    const cost = candidate.startsWith(word) && word.length > 1 ? 0.5 : distance(word, candidate);
    if (
      cost <= Math.max(1, Math.floor(Math.max(word.length, candidate.length) * 0.4)) &&
      cost < (best?.cost ?? Infinity)
    ) {
      best = { word: candidate, cost };
    }
  }
  return best?.word;
}
