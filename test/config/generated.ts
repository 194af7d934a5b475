import fc from 'fast-check';
import { schemaSections } from '../../src/core/config/schema/index.ts';
import type { ValueSchema } from '../../src/core/config/schema/types.ts';
import { tomlKey, tomlValue } from '../../src/core/config/tomlText.ts';

const names = ['default', 'a', 'b', 'c', 'work'];

/** Texts that mean something somewhere, beside some that do not. */
const texts = [
  'a',
  'b',
  'work',
  'gh',
  'nodejs',
  'claude',
  'qemu',
  '75%',
  '4G',
  '200%',
  '7d',
  '~/x',
  '/opt/x',
  'https://x.invalid/y',
  'git::https://x.invalid/r.git?ref=v1',
  'jq@1.7',
  'run {{session_name}}',
  '{{nobody}}',
  '!a',
  '!*',
  '',
];

const text = fc.constantFrom(...texts);

/** A value of the right type, in the right range more often than not. */
function fitting(key: ValueSchema): fc.Arbitrary<unknown> {
  switch (key.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.oneof(
        fc.integer({ min: key.minimum ?? 0, max: (key.minimum ?? 0) + 64 }),
        fc.integer({ min: -5, max: 100_000 }),
      );
    case 'list':
      return fc.array(text, { maxLength: 4 });
    case 'map':
      return fc.dictionary(fc.constantFrom('A', 'B', 'x-y', 'TOKEN'), text, { maxKeys: 3 });
    case 'string':
      return key.choices === undefined
        ? fc.oneof(text, fc.constant(key.default ?? 'x'))
        : fc.constantFrom(...key.choices, 'nope');
  }
}

const odd: fc.Arbitrary<unknown> = fc.oneof(
  fc.boolean(),
  fc.integer({ min: -9, max: 99 }),
  fc.constant(2.5),
  text,
  fc.array(fc.oneof(text, fc.integer()), { maxLength: 3 }),
  fc.constant({}),
);

const written = (key: ValueSchema): fc.Arbitrary<string> =>
  fc.oneof({ weight: 12, arbitrary: fitting(key) }, { weight: 1, arbitrary: odd }).map(tomlValue);

const sections = [...schemaSections()];

/** One section with some of its keys, now and then with one that nothing reads. */
const section: fc.Arbitrary<string> = fc.constantFrom(...sections).chain(({ path, section: schema, collection }) => {
  const keys = Object.entries(schema.children).flatMap(([name, key]) => (key.kind === 'value' ? [{ name, key }] : []));
  const required = keys.filter(({ key }) => key.isRequired === true);
  const chosen = fc
    .subarray(keys, { maxLength: Math.min(6, keys.length) })
    .chain((some) =>
      fc.tuple(
        ...[...new Set([...required, ...some])].map(({ name, key }) =>
          written(key).map((value) => `${name} = ${value}`),
        ),
      ),
    );
  const header =
    collection === undefined
      ? fc.constant(path)
      : fc.constantFrom(...names).map((name) => [...path.slice(0, -1), name]);
  const stray = fc.option(fc.constantFrom('platfrom = "x"', 'cpus = 2', 'shell = "sh"', 'x = 1 # y'), { freq: 6 });
  return fc
    .tuple(header, chosen, stray)
    .map(([parts, lines, extra]) =>
      [`[${parts.map(tomlKey).join('.')}]`, ...lines, ...(extra === null ? [] : [extra])].join('\n'),
    );
});

/** Parents, so that there is something to inherit, and circles. */
const parents = fc
  .tuple(fc.constantFrom('vm', 'agent', 'workspace', 'session'), fc.constantFrom('d', 'e'), fc.subarray(names))
  .map(([kind, name, list]) => `[${kind}_templates.${name}]\ninherits = ${tomlValue(list)}`);

/** Configuration files of every shape, sound and not. A header that comes twice is a fault of the text. */
export const generatedConfig: fc.Arbitrary<string> = fc
  .array(fc.oneof({ weight: 5, arbitrary: section }, { weight: 2, arbitrary: parents }), { minLength: 1, maxLength: 9 })
  .map((all) => {
    const byHeader = new Map(all.map((one) => [one.split('\n')[0], one]));
    return `${[...byHeader.values()].join('\n\n')}\n`;
  });
