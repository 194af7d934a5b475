import type { BoundFile } from '../bind.ts';
import { builtInFile, catalogKinds } from '../catalog/catalog.ts';
import { keyPath } from '../problems.ts';
import { type Symbols, symbolsOf } from '../symbols.ts';

let builtIn: Symbols | undefined;

/** Who names what among the entries that come with the program. */
function builtInSymbols(): Symbols {
  builtIn ??= symbolsOf(builtInFile());
  return builtIn;
}

/**
 * Credentials and catalog entries that nothing names. A template is never one of them: it may be meant for `--template`,
 * which no file can tell.
 */
export function checkUnused(file: BoundFile): void {
  const symbols = symbolsOf(file);
  const isReferred = ({ of }: Symbols, collection: string, name: string) =>
    of(collection, name).some(({ role }) => role === 'reference');
  for (const collection of ['git_credentials', ...catalogKinds]) {
    for (const [name, entry] of file.collections.get(collection) ?? []) {
      if (isReferred(symbols, collection, name) || isReferred(builtInSymbols(), collection, name)) continue;
      const path = [collection, name];
      file.problems.add('info', 'unused-entry', entry.at, path, `Nothing refers to ${keyPath(path)}`);
    }
  }
}
