import type { BoundFile, BoundSection } from './bind.ts';
import type { Effective, Origin, TemplateKind } from './model.ts';
import { defaultOf, originOf, valueKeys } from './read.ts';
import { configSchema } from './schema/index.ts';
import type { CollectionSchema, ListNode, ValueSchema } from './schema/types.ts';
import type { BoundValue, PlainValue } from './values.ts';

export const templateSections = {
  vm: 'vm_templates',
  agent: 'agent_templates',
  workspace: 'workspace_templates',
  session: 'session_templates',
} as const satisfies Record<TemplateKind, string>;

export const templateKinds = Object.keys(templateSections) as TemplateKind[];

export const defaultTemplate = 'default';

export const templatesOf = (file: BoundFile, kind: TemplateKind): ReadonlyMap<string, BoundSection> =>
  file.collections.get(templateSections[kind]) ?? new Map<string, BoundSection>();

/** Parents as written, without item marks. */
export const parentsOf = (section: BoundSection | undefined): BoundValue['items'] =>
  section?.values.get('inherits')?.items ?? [];

/**
 * The templates that make up `name`, in the order in which they are applied: parents before children, left before
 * right, each once. An ancestor that two parents share stands once, so the second path does not undo what the
 * first one changed. Members of a cycle are visited once.
 */
export function applicationOrder(file: BoundFile, kind: TemplateKind, name: string): readonly string[] {
  const known = orders.get(file) ?? new Map<string, string[]>();
  orders.set(file, known);
  const id = `${kind}\n${name}`;
  const order = known.get(id) ?? walk(file, kind, name);
  known.set(id, order);
  return order;
}

/** Longer chains are refused, so that a hostile file cannot exhaust the stack. */
export const maximumDepth = 100;

/** A bound file never changes, and every check asks for the same orders. */
const orders = new WeakMap<BoundFile, Map<string, string[]>>();

function walk(file: BoundFile, kind: TemplateKind, name: string): string[] {
  const templates = templatesOf(file, kind);
  const seen = new Set<string>();
  const order: string[] = [];
  const visit = (current: string, depth: number) => {
    if (seen.has(current) || depth > maximumDepth) return;
    seen.add(current);
    for (const parent of parentsOf(templates.get(current))) visit(parent.text, depth + 1);
    order.push(current);
  };
  visit(name, 0);
  return order;
}

export type EffectiveValues = Record<string, Effective<PlainValue | undefined>>;

interface Slot {
  value: PlainValue;
  origin: Origin;
  items: { name: string; text: string; origin: Origin }[];
}

/** Every key of a template with the value it ends up with and where that comes from. */
export function resolveTemplate(file: BoundFile, kind: TemplateKind, name: string): EffectiveValues {
  const schema = (configSchema.children[templateSections[kind]] as CollectionSchema).entry;
  const templates = templatesOf(file, kind);
  const slots = new Map<string, Slot>();
  for (const current of applicationOrder(file, kind, name)) {
    const section = templates.get(current);
    if (section === undefined) continue;
    for (const [key, bound] of section.values) {
      if (bound.schema.isOwn === true) continue;
      const origin = templateOrigin(file, current, name, bound.key.start);
      slots.set(
        key,
        merge(bound, slots.get(key), (offset) => templateOrigin(file, current, name, offset), origin),
      );
    }
    // A restart must not run what another template's command needed.
    if (kind === 'session' && section.values.has('command') && !section.values.has('restart_command')) {
      slots.delete('restart_command');
    }
  }
  const values: EffectiveValues = {};
  const own = templates.get(name)?.values.get('inherits');
  for (const [key, node] of valueKeys(schema)) {
    if (node.hasNoEffect !== undefined) continue;
    if (node.isOwn === true) {
      values[key] =
        own === undefined
          ? { value: defaultOf(node, file.base), origin: { from: 'default' } }
          : { value: own.value, origin: originOf(file, own.key.start) };
      continue;
    }
    const slot = slots.get(key);
    values[key] =
      slot === undefined
        ? { value: defaultOf(node, file.base), origin: { from: 'default' } }
        : {
            value: slot.value,
            origin: slot.origin,
            ...(slot.items.length > 0
              ? { items: slot.items.map((item) => ({ name: item.name, origin: item.origin })) }
              : {}),
          };
  }
  return values;
}

function templateOrigin(file: BoundFile, template: string, requested: string, offset: number): Origin {
  const place = originOf(file, offset);
  return template === requested ? place : { ...place, from: 'template', template };
}

function merge(bound: BoundValue, inherited: Slot | undefined, at: (offset: number) => Origin, origin: Origin): Slot {
  const own = bound.items.map((item) => ({ name: item.name, text: item.text, origin: at(item.at.start) }));
  const { schema } = bound;
  if (schema.type === 'map') {
    const names = new Set(own.map((item) => item.name));
    const items = [...(inherited?.items ?? []).filter((item) => !names.has(item.name)), ...own];
    return { value: Object.fromEntries(items.map((item) => [item.name, item.text])), origin, items };
  }
  if (schema.type !== 'list' || schema.merge === undefined) return { value: bound.value, origin, items: [] };
  const items = mergeList(schema, inherited?.items ?? [], own);
  // An empty list changes nothing, so what it would have changed keeps its origin.
  const last = own.length === 0 && inherited !== undefined ? inherited.origin : origin;
  return { value: items.map((item) => item.text), origin: last, items };
}

/** The tool that `name@version` asks for. The last `@` separates, unless it begins a scope (`npm:@scope/tool`). */
export function miseTool(text: string): { tool: string; version: string | undefined } {
  const at = text.lastIndexOf('@');
  return at <= 0 || text[at - 1] === ':'
    ? { tool: text, version: undefined }
    : { tool: text.slice(0, at), version: text.slice(at + 1) };
}

/** What makes two items the same one. */
export const itemIdentity = (schema: ValueSchema, text: string): string =>
  schema.type === 'list' && schema.merge === 'append-by-tool' ? miseTool(text).tool : text;

interface Item {
  name: string;
  text: string;
}

/**
 * A child's list over the inherited one. Plain items are appended, the first occurrence keeps its place; of one tool
 * the later version stays, in the earlier place. `!name` takes an inherited item out, `!*` all of them.
 */
export function mergeList<T extends Item>(schema: ListNode, inherited: readonly T[], own: readonly T[]): T[] {
  const items = new Map<string, T>();
  for (const item of inherited) put(schema, items, item);
  mergeInto(schema, items, own);
  return [...items.values()];
}

/** The same into inherited items by their identity; `onMark` is told of each `!` item whether there was what it takes out. */
export function mergeInto<T extends Item>(
  schema: ListNode,
  items: Map<string, T>,
  own: readonly T[],
  onMark?: (mark: T, hasHit: boolean) => void,
): void {
  for (const item of own) {
    if (!item.text.startsWith('!')) put(schema, items, item);
    else if (item.text === '!*') {
      onMark?.(item, items.size > 0);
      items.clear();
    } else {
      const hasHit = remove(schema, items, item.text.slice(1));
      onMark?.(item, hasHit);
    }
  }
}

function put<T extends Item>(schema: ListNode, items: Map<string, T>, item: T): void {
  const identity = itemIdentity(schema, item.text);
  if (!items.has(identity) || schema.merge === 'append-by-tool') items.set(identity, item);
}

/** True when something was there. A tool goes by its name, or by exactly this version. */
function remove<T extends Item>(schema: ListNode, items: Map<string, T>, text: string): boolean {
  const identity = itemIdentity(schema, text);
  const found = items.get(identity);
  if (found === undefined) return false;
  const { version } = schema.merge === 'append-by-tool' ? miseTool(text) : { version: undefined };
  if (version !== undefined && found.text !== text) return false;
  return items.delete(identity);
}
