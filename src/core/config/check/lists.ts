import type { BoundFile, BoundSection } from '../bind.ts';
import { applicationOrder, itemIdentity, mergeInto, templateSections, templatesOf } from '../inherit.ts';
import type { TemplateKind } from '../model.ts';
import { keyPath } from '../problems.ts';
import type { ListNode } from '../schema/types.ts';
import type { BoundValue, ListItem } from '../values.ts';

type Item = BoundValue['items'][number];
/** Items by identity. */
type Items = ReadonlyMap<string, Item>;
/** What templates make of each of their lists. */
type Lists = ReadonlyMap<string, Items>;

const noItems: Items = new Map();

/** Items that change nothing: repeated from a parent, or taking out what is not there. */
export function checkLists(file: BoundFile, kind: TemplateKind): void {
  new ListCheck(file, kind).run();
}

class ListCheck {
  private readonly file: BoundFile;
  private readonly kind: TemplateKind;
  private readonly templates: ReadonlyMap<string, BoundSection>;
  /** By the chain of templates that made them: most templates have the same parents. */
  private readonly made = new Map<string, Lists>();
  private readonly useful = new Set<Item>();
  private readonly idle = new Map<Item, readonly string[]>();

  constructor(file: BoundFile, kind: TemplateKind) {
    this.file = file;
    this.kind = kind;
    this.templates = templatesOf(file, kind);
  }

  run(): void {
    for (const [name, template] of this.templates) {
      const inherited = this.listsOf(applicationOrder(this.file, this.kind, name).slice(0, -1));
      for (const [key, schema, bound] of listsIn(template)) {
        this.judge([templateSections[this.kind], name, key], schema, bound, inherited.get(key) ?? noItems);
      }
    }
    for (const [item, path] of this.idle) {
      // A mark may be of use in a child only.
      if (this.useful.has(item)) continue;
      const what = item.text === '!*' ? 'there is nothing to drop' : `'${item.text.slice(1)}' is not inherited`;
      this.file.problems.warn('removes-nothing', item.at, path, `${keyPath(path)}: ${what}`);
    }
  }

  /** What these templates make of their lists, applied in this order. */
  private listsOf(chain: readonly string[]): Lists {
    const id = chain.join('\n');
    const known = this.made.get(id);
    if (known !== undefined) return known;
    const lists = new Map<string, Map<string, Item>>();
    for (const name of chain) {
      for (const [key, schema, { items: own }] of listsIn(this.templates.get(name))) {
        const items = lists.get(key) ?? new Map<string, Item>();
        mergeInto(schema, items, own, this.noteFor([templateSections[this.kind], name, key]));
        lists.set(key, items);
      }
    }
    this.made.set(id, lists);
    return lists;
  }

  private judge(path: readonly string[], schema: ListNode, bound: BoundValue, inherited: Items): void {
    if (bound.items.length === 0 && inherited.size > 0) emptyList(this.file, bound, path);
    let left = inherited;
    for (const item of bound.items) {
      if (item.text.startsWith('!')) {
        const fewer = new Map(left);
        mergeInto(schema, fewer, [item], this.noteFor(path));
        left = fewer;
        continue;
      }
      const known = left.get(itemIdentity(schema, item.text));
      if (known?.text === item.text) repeatedItem(this.file, path, item, known);
    }
  }

  private noteFor(path: readonly string[]): (mark: Item, hasHit: boolean) => void {
    return (mark, hasHit) => {
      if (hasHit) this.useful.add(mark);
      else this.idle.set(mark, path);
    };
  }
}

function* listsIn(template: BoundSection | undefined): Generator<[key: string, schema: ListNode, bound: BoundValue]> {
  for (const [key, bound] of template?.values ?? []) {
    const { schema } = bound;
    if (schema.type === 'list' && schema.merge !== undefined) yield [key, schema, bound];
  }
}

function repeatedItem(file: BoundFile, path: readonly string[], item: ListItem, inherited: ListItem): void {
  const message = `${keyPath(path)}: '${item.text}' is inherited already`;
  file.problems.add('info', 'repeats-inherited', item.at, path, message, {
    related: [{ message: 'Inherited from here', at: inherited.at }],
  });
}

function emptyList(file: BoundFile, bound: BoundValue, path: readonly string[]): void {
  file.problems.warn(
    'empty-list',
    bound.at,
    path,
    `${keyPath(path)} is empty, and lists add to what is inherited, so it changes nothing`,
    { hint: 'Write ["!*"] to drop all inherited items, or ["!name"] to drop one.' },
  );
}
