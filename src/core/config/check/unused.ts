import type { BoundFile } from '../bind.ts';
import { builtInFile, catalogKinds } from '../catalog/catalog.ts';
import { keyPath } from '../problems.ts';
import { isReferredTo } from '../symbols.ts';

/**
 * Credentials and catalog entries that nothing names. A template is never one of them: it may be meant for `--template`,
 * which no file can tell.
 */
export function checkUnused(file: BoundFile): void {
  for (const collection of ['git_credentials', ...catalogKinds]) {
    for (const [name, entry] of file.collections.get(collection) ?? []) {
      if (isReferredTo(file, collection, name) || isReferredTo(builtInFile(), collection, name)) continue;
      const path = [collection, name];
      file.problems.add('info', 'unused-entry', entry.at, path, `Nothing refers to ${keyPath(path)}`);
    }
  }
}
