import { type BoundFile, type BoundSection, bindDocument } from '../bind.ts';
import type { AptPackage, AptSource, Catalog, InstallCommand } from '../model.ts';
import { modelOf, sectionValues } from '../read.ts';
import type { aptPackageKeys, aptSourceKeys, installCommandKeys } from '../schema/catalogEntries.ts';
import type { CatalogKind, ValuesOf } from '../schema/types.ts';
import { parseDocument } from '../toml/document.ts';
import builtInText from './catalog.toml';

export const catalogKinds = [
  'apt_sources',
  'apt_packages',
  'system_install_commands',
  'user_install_commands',
] as const;

/** How each kind is called on the command line. */
export const catalogLabels = {
  apt_sources: 'apt-source',
  apt_packages: 'apt-package',
  system_install_commands: 'system-install-cmd',
  user_install_commands: 'user-install-cmd',
} as const satisfies Record<CatalogKind, string>;

export const builtInCatalogText: string = builtInText;

let builtIn: BoundFile | undefined;

/** The entries that come with the program, bound to the schema like the operator's own. */
export function builtInFile(): BoundFile {
  builtIn ??= bindDocument('catalog.toml', parseDocument(builtInText), { home: '/', cwd: '/' });
  return builtIn;
}

export const hasBuiltIn = (kind: CatalogKind, name: string): boolean =>
  builtInFile().collections.get(kind)?.has(name) === true;

/** Names that exist in either, whether or not the entry is sound. */
export function catalogNames(file: BoundFile, kind: CatalogKind): string[] {
  const names = [builtInFile(), file].flatMap((source) => [...(source.collections.get(kind)?.keys() ?? [])]);
  return [...new Set(names)];
}

/** Built-in entries with the operator's over them, entry by entry. `isSound` leaves broken entries out. */
export function buildCatalog(file: BoundFile, isSound: (kind: CatalogKind, name: string) => boolean): Catalog {
  const entries = <T>(kind: CatalogKind, read: (source: BoundFile, section: BoundSection, name: string) => T) => {
    const result = new Map<string, T>();
    for (const source of [builtInFile(), file]) {
      for (const [name, section] of source.collections.get(kind) ?? []) {
        result.delete(name);
        if (source !== file || isSound(kind, name)) result.set(name, read(source, section, name));
      }
    }
    return result;
  };
  return {
    aptSources: entries('apt_sources', readAptSource),
    aptPackages: entries('apt_packages', readAptPackage),
    systemInstallCommands: entries('system_install_commands', readCommand),
    userInstallCommands: entries('user_install_commands', readCommand),
  };
}

/** The catalog without a configuration file. */
export const builtInCatalog = (): Catalog => buildCatalog(builtInFile(), () => true);

const valuesOf = <T>(file: BoundFile, section: BoundSection): T =>
  modelOf<T>(sectionValues(file, section.schema, section));

const readAptSource = (file: BoundFile, section: BoundSection, name: string): AptSource => ({
  name,
  ...valuesOf<ValuesOf<typeof aptSourceKeys>>(file, section),
});

const readAptPackage = (file: BoundFile, section: BoundSection, name: string): AptPackage => ({
  name,
  ...valuesOf<ValuesOf<typeof aptPackageKeys>>(file, section),
});

function readCommand(file: BoundFile, section: BoundSection, name: string): InstallCommand {
  const { description, command, path, testExec, testFile, testDir } = valuesOf<ValuesOf<typeof installCommandKeys>>(
    file,
    section,
  );
  const test =
    testExec !== undefined
      ? ({ kind: 'exec', value: testExec } as const)
      : testFile !== undefined
        ? ({ kind: 'file', value: testFile } as const)
        : testDir !== undefined
          ? ({ kind: 'dir', value: testDir } as const)
          : undefined;
  return { name, description, command, path, test };
}
