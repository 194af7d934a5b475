import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Files below a folder of the repository, as paths from its root with forward slashes. */
export function filesIn(folder: string, ends = ''): string[] {
  const walk = (path: string): string[] =>
    readdirSync(path).flatMap((name) => {
      const child = join(path, name);
      return statSync(child).isDirectory() ? walk(child) : [child];
    });
  return walk(join(root, folder))
    .map((path) => relative(root, path).split(sep).join('/'))
    .filter((path) => path.endsWith(ends));
}

export const read = (path: string): string => readFileSync(join(root, path), 'utf8');

export interface Import {
  specifier: string;
  kind: 'value' | 'type' | 'dynamic';
}

/** Import and re-export statements of a TypeScript source. */
export function importsOf(source: string): Import[] {
  const found: Import[] = [];
  for (const [, word, names = '', specifier = ''] of source.matchAll(
    /^(import|export)\s+(?:([^;'"]*?)\s*from\s+)?['"]([^'"]+)['"]/gm,
  )) {
    if (word === 'export' && names === '') continue;
    const members = /^\{([^}]*)\}$/
      .exec(names.trim())?.[1]
      ?.split(',')
      .map((name) => name.trim())
      .filter(Boolean);
    const isType =
      names.startsWith('type ') ||
      (members !== undefined && members.length > 0 && members.every((name) => name.startsWith('type ')));
    found.push({ specifier, kind: isType ? 'type' : 'value' });
  }
  for (const [, specifier = ''] of source.matchAll(/import\(\s*['"]([^'"]+)['"]\s*\)/g))
    found.push({ specifier, kind: 'dynamic' });
  return found;
}

/** A relative import as a path from the root; packages as they are. */
export const target = (from: string, specifier: string): string =>
  specifier.startsWith('.') ? join(dirname(from), specifier).split(sep).join('/') : specifier;
