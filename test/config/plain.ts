import type { InlineTable, ValueNode } from '../../src/core/config/toml/nodes.ts';
import type { TreeNode } from '../../src/core/config/toml/tree.ts';

/** Plain values of a tree: what another TOML reader returns. */
export function plainValue(node: TreeNode): unknown {
  switch (node.kind) {
    case 'table':
      return object([...node.entries.values()].map((entry) => [entry.name, plainValue(entry.node)]));
    case 'tables':
      return node.items.map(plainValue);
    case 'value':
      return plain(node.value);
  }
}

const object = (entries: [string, unknown][]): Record<string, unknown> => Object.fromEntries(entries);

function plain(value: ValueNode): unknown {
  if (value.type === 'array') return value.items.map(plain);
  if (value.type === 'inline-table') return plainInline(value);
  return value.type === 'missing' || value.type === 'invalid' ? undefined : value.value;
}

function plainInline(table: InlineTable): unknown {
  const result = new Map<string, unknown>();
  for (const { key, value } of table.items) {
    let target = result;
    for (const part of key.parts.slice(0, -1)) {
      const next = target.get(part.value) ?? new Map<string, unknown>();
      target.set(part.value, next);
      target = next as Map<string, unknown>;
    }
    if (value !== undefined) target.set(key.parts.at(-1)?.value ?? '', plain(value));
  }
  const flatten = (map: Map<string, unknown>): Record<string, unknown> =>
    object([...map].map(([key, value]) => [key, value instanceof Map ? flatten(value) : value]));
  return flatten(result);
}
