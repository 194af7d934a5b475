import { describe, expect, test } from 'vitest';
import { configJsonSchema } from '../../src/core/config/jsonSchema.ts';
import { problemCodes } from '../../src/core/config/problemCodes.ts';
import { renderProblemReference } from '../../src/core/config/problemsDoc.ts';
import { renderConfigReference } from '../../src/core/config/referenceDoc.ts';
import { sampleConfig } from '../../src/core/config/sample.ts';
import { schemaAt, schemaSections } from '../../src/core/config/schema/index.ts';
import type { ValueSchema } from '../../src/core/config/schema/types.ts';
import { storeOf } from './load.ts';

/** `operator.ssh_config`, `vm_templates.NAME.cpus`: keys that a person may set. */
const keys: [path: string[], key: ValueSchema][] = [...schemaSections()].flatMap(({ path, section }) =>
  Object.entries(section.children).flatMap(([name, child]): [string[], ValueSchema][] =>
    child.kind === 'value' && child.deprecated === undefined && child.hasNoEffect === undefined
      ? [[[...path, name], child]]
      : [],
  ),
);

const sample = sampleConfig();
const activeLines = sample.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
/** The sample with every key in force. */
const uncommented = sample.replaceAll(/^#(?=[[a-z])/gm, '');

describe('the schema', () => {
  test('has a sentence for every key', () => {
    expect(keys.length).toBeGreaterThan(80);
    for (const [path, key] of keys) expect(key.doc, path.join('.')).toMatch(/^[A-Z`].*\.$/s);
  });

  test('can be asked by key path', () => {
    expect(schemaAt(['vm_templates', 'anything', 'cpus'])).toMatchObject({
      kind: 'value',
      type: 'integer',
      default: 4,
    });
    expect(schemaAt(['user', 'ssh_config'])).toBe(schemaAt(['operator', 'ssh_config']));
    expect(schemaAt(['admin', 'config', 'shell'])).toMatchObject({ default: 'zsh' });
    expect(schemaAt(['agent_templates', 'x', 'shell'])).toMatchObject({ default: 'bash' });
    expect(schemaAt(['toString'])).toBeUndefined();
  });

  test('gives defaults that its own rules accept', async () => {
    for (const [path, key] of keys) {
      if (key.type === 'string' && key.default !== undefined && key.choices !== undefined) {
        expect(key.choices, path.join('.')).toContain(key.default);
      }
      if (key.type === 'string' && key.default !== undefined && key.pattern !== undefined) {
        expect(key.default, path.join('.')).toMatch(key.pattern.matches);
      }
    }
  });
});

describe('the sample', () => {
  test('has only the lines in force that a new operator has to look at', () => {
    expect(activeLines).toEqual([
      '[operator]',
      'ssh_public_key = "~/.ssh/id_ed25519.pub"',
      'ssh_private_key = "~/.ssh/id_ed25519"',
      '[paths]',
      '[defaults]',
      '[vm_templates.default]',
    ]);
  });

  test('loads without any problem', async () => {
    expect((await storeOf(sample).check()).problems).toEqual([]);
  });

  test('has every key once, and nothing else', async () => {
    const { parse } = await import('smol-toml');
    const all: unknown = parse(uncommented);
    for (const [path] of keys) {
      const found = path.reduce<unknown>((value, name) => {
        const table = value as Record<string, unknown>;
        return name === 'NAME' ? Object.values(table)[0] : table?.[name];
      }, all);
      expect(found, path.join('.')).toBeDefined();
    }
    const { problems } = await storeOf(uncommented).check();
    expect(problems.filter((problem) => problem.code === 'unknown-key')).toEqual([]);
    expect(uncommented.match(/^[a-z_0-9]+ = /gm)?.length).toBe(keys.length);
  });

  test('has examples that load once they are in force', async () => {
    const single = uncommented.replaceAll(/^(?:test_file|test_dir|org) = .*$/gm, '');
    const extra = { '/usr/bin/qemu-system-x86_64': '', '/home/operator/mise.lock': '' };
    const { problems, config } = await storeOf(single, extra).check();
    expect(problems.filter((problem) => problem.severity !== 'info')).toEqual([]);
    expect(config?.templateNames.vm).toEqual(['default']);
  });
});

describe('what is derived', () => {
  test('the reference names every key and every problem', () => {
    const text = renderConfigReference();
    for (const { path } of schemaSections()) expect(text).toContain(`### \`[${path.join('.')}]\``);
    for (const [path, key] of keys) {
      expect(text, path.join('.')).toContain(`| \`${path.at(-1)}\` |`);
      expect(text).toContain(key.doc.split('|')[0] ?? '');
    }
    for (const code of Object.keys(problemCodes)) expect(renderProblemReference()).toContain(`## ${code}\n`);
  });

  test('the JSON Schema has the same keys, types and defaults', () => {
    const schema = configJsonSchema() as Node;
    for (const [path, key] of keys) {
      const node = path.reduce<Node | undefined>(
        (current, name) => (name === 'NAME' ? current?.additionalProperties : current?.properties?.[name]),
        schema,
      );
      const types = { string: 'string', integer: 'integer', boolean: 'boolean', list: 'array', map: 'object' } as const;
      expect(node, path.join('.')).toMatchObject({ type: types[key.type], description: key.doc });
      expect(node?.default).toEqual(key.default);
    }
  });

  test('patterns of the JSON Schema are what others can read', () => {
    const text = JSON.stringify(configJsonSchema());
    for (const [, pattern = ''] of text.matchAll(/"pattern":"((?:[^"\\]|\\.)*)"/g)) {
      expect(() => new RegExp(JSON.parse(`"${pattern}"`), 'u')).not.toThrow();
    }
  });
});

interface Node {
  properties?: Record<string, Node>;
  additionalProperties?: Node;
  default?: unknown;
}
