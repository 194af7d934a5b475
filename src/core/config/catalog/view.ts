import type { BoundFile } from '../bind.ts';
import { resolveTemplate, templateKinds, templateSections, templatesOf } from '../inherit.ts';
import type { AptPackage, AptSource, Catalog, InstallCommand } from '../model.ts';
import { keyPath } from '../problems.ts';
import { sectionValues } from '../read.ts';
import { schemaAt } from '../schema/index.ts';
import type { CatalogKind, SectionSchema } from '../schema/types.ts';
import { builtInCatalog, catalogKinds, catalogLabels, hasBuiltIn } from './catalog.ts';

/** Who uses what of the catalog, and what the operator's file adds. */
export interface CatalogUse {
  /** `apt_packages.gh` of every entry that the file has. */
  custom: ReadonlySet<string>;
  /** Entry → the parts of the file that name it: `vm_templates.dev`, `admin.config`. */
  usedBy: ReadonlyMap<string, readonly string[]>;
}

export interface CatalogEntry {
  kind: CatalogKind;
  label: (typeof catalogLabels)[CatalogKind];
  name: string;
  source: 'built-in' | 'custom';
  /** A custom entry in place of a built-in one. */
  isOverride: boolean;
  description: string;
  usedBy: readonly string[];
  /** Runs whatever an address holds on that day. */
  isUnpinned: boolean;
  entry: AptSource | AptPackage | InstallCommand;
  /** The built-in entry that a custom one replaces. */
  replaces: AptSource | AptPackage | InstallCommand | undefined;
}

export function catalogUse(file: BoundFile): CatalogUse {
  const custom = new Set<string>();
  for (const kind of catalogKinds) {
    for (const name of file.collections.get(kind)?.keys() ?? []) custom.add(keyPath([kind, name]));
  }
  const usedBy = new Map<string, string[]>();
  const note = (user: string, schema: SectionSchema, values: Record<string, { value: unknown }>) => {
    for (const [key, { value }] of Object.entries(values)) {
      const node = schema.children[key];
      if (node?.kind !== 'value' || node.type !== 'list' || node.refers?.to !== 'catalog') continue;
      for (const name of value as string[]) {
        const entry = keyPath([node.refers.kind, name]);
        usedBy.set(entry, [...(usedBy.get(entry) ?? []), user]);
      }
    }
  };
  for (const kind of templateKinds) {
    const section = templateSections[kind];
    for (const [name, template] of templatesOf(file, kind)) {
      note(keyPath([section, name]), template.schema, resolveTemplate(file, kind, name));
    }
  }
  const admin = schemaAt(['admin', 'config']) as SectionSchema;
  note('admin.config', admin, sectionValues(file, admin, file.sections.get('admin.config')));
  return { custom, usedBy };
}

/** Every entry, kinds in order, names sorted. `use` is undefined without a configuration file. */
export function catalogEntries(catalog: Catalog, use: CatalogUse | undefined): CatalogEntry[] {
  const maps = entryMaps(catalog);
  const builtIn = entryMaps(builtInCatalog());
  return catalogKinds.flatMap((kind) =>
    [...maps[kind].values()]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((entry) => {
        const isCustom = use?.custom.has(keyPath([kind, entry.name])) === true;
        return {
          kind,
          label: catalogLabels[kind],
          name: entry.name,
          source: isCustom ? ('custom' as const) : ('built-in' as const),
          isOverride: isCustom && hasBuiltIn(kind, entry.name),
          description: entry.description,
          usedBy: use?.usedBy.get(keyPath([kind, entry.name])) ?? [],
          isUnpinned: 'command' in entry && runsUnpinnedScript(entry.command),
          entry,
          replaces: isCustom ? builtIn[kind].get(entry.name) : undefined,
        };
      }),
  );
}

type EntryMaps = Record<CatalogKind, ReadonlyMap<string, CatalogEntry['entry']>>;

const entryMaps = (catalog: Catalog): EntryMaps => ({
  apt_sources: catalog.aptSources,
  apt_packages: catalog.aptPackages,
  system_install_commands: catalog.systemInstallCommands,
  user_install_commands: catalog.userInstallCommands,
});

/** A script fetched and run in one breath, from an address without a version in it. */
const runsUnpinnedScript = (command: string): boolean =>
  /https?:\/\//.test(command) &&
  /\|\s*(?:sudo\s+)?(?:ba|z)?sh\b|\$\(\s*curl/.test(command) &&
  !/\/v?\d+\.\d+/.test(command);
