import type { ValueSchema } from './schema/types.ts';
import type { Span, ValueNode } from './toml/nodes.ts';
import type { TreeNode } from './toml/tree.ts';
import { tomlValue } from './tomlText.ts';

export type PlainValue = string | number | boolean | string[] | Record<string, string>;

export interface ListItem {
  text: string;
  at: Span;
}

/** A key of the file with its value as the schema wants it. */
export interface BoundValue {
  schema: ValueSchema;
  value: PlainValue;
  key: Span;
  at: Span;
  /** Items of a list, or values of a map by name, with their places. */
  items: (ListItem & { name: string })[];
}

/** What is wrong with a value: `warning` when it could be converted. */
export interface ValueProblem {
  severity: 'error' | 'warning';
  code: 'wrong-type' | 'converted-value';
  at: Span;
  says: string;
  hint?: string;
  /** TOML text to put in its place. */
  instead?: string;
}

export interface Reading {
  value: PlainValue | undefined;
  items: BoundValue['items'];
  problems: ValueProblem[];
}

const typeNames: Record<ValueSchema['type'], string> = {
  string: 'text in quotes',
  integer: 'a whole number',
  boolean: 'true or false',
  list: 'a list of strings',
  map: 'a table of strings',
};

/** Converts what stands in the file to the declared type, or says why not. */
export function readValue(schema: ValueSchema, node: TreeNode): Reading {
  if (schema.type === 'map') return readMap(node);
  if (node.kind !== 'value') return wrong(schema, node.at, 'a table');
  const { value } = node;
  if (value.type === 'missing' || value.type === 'invalid') return { value: undefined, items: [], problems: [] };
  if (schema.type === 'list') return readList(schema, value);
  if (value.type === 'array') return wrong(schema, node.at, 'a list');
  switch (schema.type) {
    case 'string':
      return readText(schema, value);
    case 'integer':
      return readInteger(schema, value);
    case 'boolean':
      return readBoolean(schema, value);
  }
}

type Scalar = Exclude<ValueNode, { type: 'array' | 'inline-table' }>;

/** Shared: nothing adds to them. */
const noItems: Reading['items'] = [];
const noProblems: Reading['problems'] = [];

const fine = (value: PlainValue): Reading => ({ value, items: noItems, problems: noProblems });

function wrong(schema: ValueSchema, at: Span, given: string, more: { hint?: string; instead?: string } = {}): Reading {
  const says = `must be ${typeNames[schema.type]}, not ${given}`;
  return {
    value: undefined,
    items: [],
    problems: [{ severity: 'error', code: 'wrong-type', at, says, ...more }],
  };
}

function converted(schema: ValueSchema, at: Span, value: PlainValue, given: string, instead: string): Reading {
  const says = `should be ${typeNames[schema.type]}, not ${given}`;
  const hint = `Write ${instead}${given === 'text' ? ' without quotes' : ''}.`;
  return { value, items: [], problems: [{ severity: 'warning', code: 'converted-value', at, says, hint, instead }] };
}

function readText(schema: ValueSchema, node: Scalar): Reading {
  if (node.type === 'string') return fine(textOf(node));
  const instead = `"${textOf(node)}"`;
  if (node.type === 'boolean') return wrong(schema, node, describe(node), { hint: `Write ${instead}.`, instead });
  return converted(schema, node, textOf(node), describe(node), instead);
}

function readInteger(schema: ValueSchema, node: Scalar): Reading {
  if (node.type === 'integer') {
    if (typeof node.value === 'number') return fine(node.value);
    return wrong(schema, node, 'a number of this size');
  }
  if (node.type === 'string') {
    const text = textOf(node).trim().replaceAll('_', '');
    if (/^[+-]?\d{1,15}$/.test(text)) {
      return converted(schema, node, Number(text), 'text', `${Number(text)}`);
    }
  }
  if (node.type === 'float' && Number.isSafeInteger(node.value)) {
    return converted(schema, node, Number(node.value), 'a decimal number', `${Number(node.value)}`);
  }
  return wrong(schema, node, describe(node));
}

function readBoolean(schema: ValueSchema, node: Scalar): Reading {
  if (node.type === 'boolean') return fine(node.value === true);
  const text = textOf(node).trim().toLowerCase();
  const isTrue = ['true', 'yes', 'on', '1'].includes(text);
  const isFalse = ['false', 'no', 'off', '0', ''].includes(text);
  const more = isTrue || isFalse ? { hint: `Write ${isTrue} without quotes.`, instead: `${isTrue}` } : {};
  return wrong(schema, node, describe(node), more);
}

function readList(schema: ValueSchema, value: Exclude<ValueNode, { type: 'inline-table' }>): Reading {
  if (value.type !== 'array') {
    const instead = value.type === 'string' ? `[${tomlValue(value.value)}]` : undefined;
    const more = instead === undefined ? {} : { hint: `Wrap it in brackets: ${instead}.`, instead };
    return wrong(schema, value, describe(value as Scalar), more);
  }
  const isStrict = schema.type === 'list' && schema.isStrict === true;
  const problems: ValueProblem[] = [];
  const items: BoundValue['items'] = [];
  for (const item of value.items) {
    if (item.type === 'missing' || item.type === 'invalid') continue;
    if (item.type === 'string') items.push({ name: String(item.value), text: String(item.value), at: item });
    else if (item.type === 'array' || item.type === 'inline-table' || item.type === 'boolean' || isStrict) {
      const given = item.type === 'array' ? 'a list' : item.type === 'inline-table' ? 'a table' : describe(item);
      problems.push({
        severity: 'error',
        code: 'wrong-type',
        at: item,
        says: `must be a list of strings; this item is ${given}`,
      });
    } else {
      const text = textOf(item);
      items.push({ name: text, text, at: item });
      problems.push({
        severity: 'warning',
        code: 'converted-value',
        at: item,
        says: `should be a list of strings; this item is ${describe(item)}`,
        hint: `Write "${text}".`,
        instead: `"${text}"`,
      });
    }
  }
  return { value: items.map((item) => item.text), items, problems };
}

function readMap(node: TreeNode): Reading {
  if (node.kind !== 'table') {
    const says = `must be ${typeNames.map}, for example { NAME = "text" }`;
    return { value: undefined, items: [], problems: [{ severity: 'error', code: 'wrong-type', at: node.at, says }] };
  }
  const problems: ValueProblem[] = [];
  const items: BoundValue['items'] = [];
  for (const entry of node.entries.values()) {
    const text: ValueSchema = { kind: 'value', type: 'string', doc: '' };
    const reading = readValue(text, entry.node);
    for (const problem of reading.problems) problems.push({ ...problem, says: `${problem.says} (${entry.name})` });
    if (typeof reading.value === 'string') items.push({ name: entry.name, text: reading.value, at: entry.node.at });
  }
  return { value: Object.fromEntries(items.map((item) => [item.name, item.text])), items, problems };
}

const textOf = (node: Scalar): string => (node.type === 'missing' || node.type === 'invalid' ? '' : String(node.value));

function describe(node: Scalar): string {
  switch (node.type) {
    case 'string':
      return `text (${JSON.stringify(node.value)})`;
    case 'boolean':
      return `${node.value}`;
    case 'integer':
    case 'float':
      return `the number ${node.value}`;
    case 'missing':
    case 'invalid':
      return 'nothing';
    default:
      return `the date or time ${node.value}`;
  }
}
