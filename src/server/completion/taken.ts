import type { KeyValue, TableSection } from '../../core/config/toml/nodes.ts';
import type { ConfigDocument } from '../document.ts';

const idOf = (path: readonly string[]): string => path.join('\n');

/** What is defined already: another header or key for it would be a duplicate. */
export class Taken {
  private readonly paths = new Set<string>();
  private readonly parents = new Map<string, string[]>();

  /** `own`: the header or key that is being typed, which is not in its own way. */
  constructor(document: ConfigDocument, own: TableSection | KeyValue | undefined) {
    for (const section of document.syntax.sections) {
      if (section !== own) this.add(section.key.parts.map(({ value }) => value));
    }
    for (const { pair, path, outer } of document.pairs()) {
      if (pair === own) continue;
      // A dotted key defines the tables that it goes through.
      for (let length = outer + 1; length <= path.length; length++) this.add(path.slice(0, length));
    }
  }

  has(path: readonly string[]): boolean {
    return this.paths.has(idOf(path));
  }

  /** Names of what is defined directly below a path. */
  below(path: readonly string[]): string[] {
    return this.parents.get(idOf(path)) ?? [];
  }

  private add(path: string[]): void {
    const id = idOf(path);
    if (this.paths.has(id)) return;
    this.paths.add(id);
    const parent = idOf(path.slice(0, -1));
    const name = path.at(-1) ?? '';
    const known = this.parents.get(parent);
    if (known === undefined) this.parents.set(parent, [name]);
    else known.push(name);
  }
}
