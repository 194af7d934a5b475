import { isPlain, type Measure } from '../core/render/width.ts';

/** Measures this text exactly. The library for wide characters takes longer to load than most verbs to run, and ASCII needs none. */
export async function measureFor(text: string): Promise<Measure> {
  if (isPlain(text)) return (part) => part.length;
  const { default: stringWidth } = await import('string-width');
  return (part) => (isPlain(part) ? part.length : stringWidth(part));
}
