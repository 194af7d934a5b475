import type { KeyValue, TableSection } from '../../core/config/toml/nodes.ts';
import type { ConfigDocument } from '../document.ts';

interface Name {
  /** Defined itself, not only on the way to what is. */
  isTaken: boolean;
  below: Map<string, Name> | undefined;
}

/** What is defined already: another header or key for it would be a duplicate. */
export class Taken {
  private readonly root: Name = { isTaken: false, below: undefined };
  private readonly own: TableSection | KeyValue | undefined;

  /** `own`: the header or key that is being typed, which is not in its own way. */
  constructor({ syntax }: ConfigDocument, own: TableSection | KeyValue | undefined) {
    this.own = own;
    this.addPairs(this.root, syntax.items);
    for (const section of syntax.sections) {
      let name = this.root;
      for (const { value } of section.key.parts) name = below(name, value);
      if (section !== own) name.isTaken = true;
      this.addPairs(name, section.items);
    }
  }

  has(path: readonly string[]): boolean {
    let name: Name | undefined = this.root;
    for (const part of path) name = name?.below?.get(part);
    return name?.isTaken === true;
  }

  private addPairs(outer: Name, pairs: readonly KeyValue[]): void {
    for (const pair of pairs) {
      let name = outer;
      for (const { value } of pair.key.parts) {
        name = below(name, value);
        // A dotted key defines the tables that it goes through.
        if (pair !== this.own) name.isTaken = true;
      }
      if (pair.value?.type === 'inline-table') this.addPairs(name, pair.value.items);
    }
  }
}

function below(name: Name, part: string): Name {
  name.below ??= new Map();
  const known = name.below.get(part);
  if (known !== undefined) return known;
  const fresh: Name = { isTaken: false, below: undefined };
  name.below.set(part, fresh);
  return fresh;
}
