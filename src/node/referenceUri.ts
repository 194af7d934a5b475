import { existsSync } from 'node:fs';

/** Where docs/reference is beside this program, as a URI that ends in `/`; undefined where the program was copied alone. */
export function referenceUri(): string | undefined {
  const folder = new URL('../docs/reference/', import.meta.url);
  return existsSync(new URL('problems.md', folder)) ? folder.href : undefined;
}
