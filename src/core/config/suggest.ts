import type { BoundFile } from './bind.ts';
import type { Fix, ProblemDetails } from './problems.ts';
import { schemaSections } from './schema/index.ts';
import type { Span } from './toml/nodes.ts';
import { innerSpan } from './toml/where.ts';

/** Edits that turn one text into the other: insert, delete, replace, swap neighbours. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min((last[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, replace);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      }
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}

/** The candidate that was probably meant, if one is near enough. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(name.length / 3));
  let best: { name: string; distance: number } | undefined;
  const wanted = name.toLowerCase();
  for (const candidate of candidates) {
    const other = candidate.toLowerCase();
    // As many edits as the lengths differ are needed in any case.
    if (Math.abs(other.length - wanted.length) > limit) continue;
    const distance = editDistance(wanted, other);
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { name: candidate, distance };
  }
  if (best !== undefined || name.length < 3) return best?.name;
  return [...candidates].find((candidate) => candidate.startsWith(`${name}_`));
}

const nearestNames = new WeakMap<BoundFile, Map<string, string | undefined>>();

/** The same for a name of a collection, found once: all templates of a file may inherit from one that is gone. */
export function nearestEntry(
  file: BoundFile,
  collection: string,
  name: string,
  candidates: () => Iterable<string>,
): string | undefined {
  const known = nearestNames.get(file) ?? new Map<string, string | undefined>();
  nearestNames.set(file, known);
  const id = `${collection}\n${name}`;
  if (!known.has(id)) known.set(id, nearest(name, candidates()));
  return known.get(id);
}

/** "Did you mean", in words and as a change of the text between the quotes, if there are any. */
export const meant = ({ document }: Pick<BoundFile, 'document'>, at: Span, name: string): ProblemDetails => ({
  hint: `Did you mean '${name}'?`,
  fixes: [{ title: `Change to '${name}'`, edits: [{ at: innerSpan(document.text, at), text: name }] }],
});

/** A change of the whole text at a place. */
export const replaced = (at: Span, text: string): Fix => ({ title: `Change to ${text}`, edits: [{ at, text }] });

/** Sections that have this key, as headers: `[defaults]`, `[vm_templates.NAME]`. */
export function sectionsWith(key: string): string[] {
  const found: string[] = [];
  for (const { path, section } of schemaSections()) {
    if (Object.hasOwn(section.children, key) && section.children[key]?.kind === 'value')
      found.push(`[${path.join('.')}]`);
  }
  return found;
}

/** `a`, `a or b`, `a, b or c`. */
export const orList = (items: readonly string[]): string =>
  items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} or ${items.at(-1)}`;
