import type { BoundFile, BoundSection, PathBase } from './bind.ts';
import { finish } from './bind.ts';
import type { Effective, Origin } from './model.ts';
import { camel, type SectionSchema, type ValueSchema } from './schema/types.ts';
import type { PlainValue } from './values.ts';

/** A place of a bound file as an origin. */
export function originOf(file: BoundFile, offset: number): Extract<Origin, { from: 'file' }> {
  return { from: 'file', path: file.path, ...file.document.lines.position(offset) };
}

/** What a key means when nobody sets it. */
export function defaultOf(schema: ValueSchema, base: PathBase): PlainValue | undefined {
  if (schema.default === undefined) return undefined;
  if (typeof schema.default === 'string') return finish(schema, schema.default, base);
  if (schema.type === 'list') return schema.default === undefined ? undefined : [...schema.default];
  return schema.type === 'map' ? { ...schema.default } : schema.default;
}

/** The keys of a section that hold values and that the model knows. */
export const valueKeys = (schema: SectionSchema): [string, ValueSchema][] =>
  Object.entries(schema.children).filter(
    (child): child is [string, ValueSchema] => child[1].kind === 'value' && child[1].deprecated === undefined,
  );

/** Values of a plain section: what the file sets, else the defaults. */
export function sectionValues(
  file: BoundFile,
  schema: SectionSchema,
  bound: BoundSection | undefined,
): Record<string, Effective<PlainValue | undefined>> {
  const values: Record<string, Effective<PlainValue | undefined>> = {};
  for (const [name, key] of valueKeys(schema)) {
    const set = bound?.values.get(name);
    values[name] =
      set === undefined
        ? { value: defaultOf(key, file.base), origin: { from: 'default' } }
        : { value: set.value, origin: originOf(file, set.key.start) };
  }
  return values;
}

/** The same as an object of the model: camelCase, plain values. `T` is what the schema says of these keys. */
export function modelOf<T>(values: Record<string, Effective<PlainValue | undefined>>): T {
  return Object.fromEntries(Object.entries(values).map(([name, { value }]) => [camel(name), value])) as T;
}
