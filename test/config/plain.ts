import type { InlineTable, ValueNode } from '../../src/core/config/toml/nodes.ts';
import type { TreeNode } from '../../src/core/config/toml/tree.ts';

/** Plain values of a tree: what another TOML reader returns. `isTagged`: scalars with their type, as the test suite has them. */
export function plainValue(node: TreeNode, isTagged = false): unknown {
  switch (node.kind) {
    case 'table':
      return object([...node.entries.values()].map((entry) => [entry.name, plainValue(entry.node, isTagged)]));
    case 'tables':
      return node.items.map((item) => plainValue(item, isTagged));
    case 'value':
      return plain(node.value, isTagged);
  }
}

const suiteTypes: Record<string, string> = {
  boolean: 'bool',
  'local-datetime': 'datetime-local',
  'local-date': 'date-local',
  'local-time': 'time-local',
};

/** One spelling of each tagged value: numbers by value, times with seconds and without idle zeros. */
export function taggedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(taggedValue);
  if (value === null || typeof value !== 'object') return value;
  const { type, value: inner, ...others } = value as Record<string, unknown>;
  if (typeof type !== 'string' || typeof inner !== 'string' || Object.keys(others).length > 0) {
    return object(Object.entries(value).map(([key, item]) => [key, taggedValue(item)]));
  }
  if (type === 'float') return { type, value: String(Number(inner.replace(/^([+-]?)inf$/, '$1Infinity'))) };
  if (!/date|time/.test(type)) return { type, value: inner };
  const text = inner
    .toUpperCase()
    .replace(/(\d) (\d)/, '$1T$2')
    .replace(/((?:^|T)\d\d:\d\d)(?=$|Z|[+-])/, '$1:00');
  return {
    type,
    value: text
      .replace(/(\.\d*?)0+(?=$|Z|[+-])/, '$1')
      .replace(/\.(?=$|Z|[+-])/, '')
      .replace('+00:00', 'Z'),
  };
}

const object = (entries: [string, unknown][]): Record<string, unknown> => Object.fromEntries(entries);

function plain(value: ValueNode, isTagged: boolean): unknown {
  if (value.type === 'array') return value.items.map((item) => plain(item, isTagged));
  if (value.type === 'inline-table') return plainInline(value, isTagged);
  if (value.type === 'missing' || value.type === 'invalid') return undefined;
  return isTagged ? { type: suiteTypes[value.type] ?? value.type, value: String(value.value) } : value.value;
}

function plainInline(table: InlineTable, isTagged: boolean): unknown {
  const result = new Map<string, unknown>();
  for (const { key, value } of table.items) {
    let target = result;
    for (const part of key.parts.slice(0, -1)) {
      const next = target.get(part.value) ?? new Map<string, unknown>();
      target.set(part.value, next);
      target = next as Map<string, unknown>;
    }
    if (value !== undefined) target.set(key.parts.at(-1)?.value ?? '', plain(value, isTagged));
  }
  const flatten = (map: Map<string, unknown>): Record<string, unknown> =>
    object([...map].map(([key, value]) => [key, value instanceof Map ? flatten(value) : value]));
  return flatten(result);
}
