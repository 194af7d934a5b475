import type { CatalogEntry } from '../../config/catalog/view.ts';
import type { Engine } from '../../engine.ts';

/** The catalog with the operator's entries; the built-in one when there is no file. A broken file throws `config`. */
export async function loadEntries(engine: Engine): Promise<CatalogEntry[]> {
  const { catalogEntries } = await import('../../config/catalog/view.ts');
  const { exists } = await engine.config.check();
  if (!exists) {
    const { builtInCatalog } = await import('../../config/catalog/catalog.ts');
    return catalogEntries(builtInCatalog(), undefined);
  }
  return catalogEntries((await engine.config.load()).catalog, await engine.config.catalogUse());
}

export const installerTypes = ['apt-source', 'apt-package', 'system-install-cmd', 'user-install-cmd'] as const;
