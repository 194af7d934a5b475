import { createHash } from 'node:crypto';
import type { Config } from './model.ts';

/** SHA-256 over the content, whatever the order of keys. Maps count as objects; undefined counts as absent. */
export function contentDigest(content: unknown): string {
  return createHash('sha256').update(stableText(content)).digest('hex');
}

/** Identifies what a configuration says; equal for files that differ only in comments, order or spelling. */
export const configDigest = (config: Config): string => config.digest;

function stableText(value: unknown): string {
  if (value instanceof Map) return stableText(Object.fromEntries(value));
  if (Array.isArray(value)) return `[${value.map(stableText).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${stableText(item)}`).join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}
