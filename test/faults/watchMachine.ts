import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A place in the work on a machine: the k-th step of the n-th operation that a verb sends begins, or has ended. */
export interface Place {
  operation: number;
  step: number;
  edge: 'begins' | 'ended';
}

const opsFolder = (rootPath: string): string => join(rootPath, 'var/lib/agentworks/ops');

const operationsIn = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

const eventsOf = (folder: string, id: string): string => {
  try {
    return readFileSync(join(folder, id, 'events'), 'utf8');
  } catch {
    return '';
  }
};

/** Looks at the machine's own record of its work from outside, so that a fault can be placed before a client knows. */
export class MachineWatch {
  readonly #folder: string;
  readonly #before: Set<string>;
  readonly #seen: string[] = [];

  constructor(rootPath: string) {
    this.#folder = opsFolder(rootPath);
    this.#before = new Set(operationsIn(this.#folder));
  }

  /** Operations sent since, in their order. */
  operations(): string[] {
    for (const id of operationsIn(this.#folder)) {
      if (!this.#before.has(id) && !this.#seen.includes(id)) this.#seen.push(id);
    }
    return this.#seen;
  }

  events(id: string): string {
    return eventsOf(this.#folder, id);
  }

  has({ operation, step, edge }: Place): boolean {
    const id = this.operations()[operation];
    if (id === undefined) return false;
    if (step === 0) return true;
    return `\n${this.events(id)}`.includes(
      `\n${edge === 'begins' ? 'S' : 'E'}\t${step}${edge === 'begins' ? '\n' : '\t'}`,
    );
  }

  /** Steps that began and never ended. */
  cutShort(): number {
    const count = (pattern: RegExp): number =>
      this.operations().reduce((sum, id) => sum + (this.events(id).match(pattern)?.length ?? 0), 0);
    return count(/^S\t/gm) - count(/^E\t/gm);
  }

  /** Steps of each operation so far. */
  shape(): number[] {
    return this.operations().map((id) => this.events(id).match(/^S\t/gm)?.length ?? 0);
  }
}

/** True once the place is reached; false when `isOver` comes first. */
export async function reached(watch: MachineWatch, place: Place, isOver: () => boolean): Promise<boolean> {
  for (;;) {
    if (watch.has(place)) return true;
    if (isOver()) return watch.has(place);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
