import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command, CommandIo, ParamValues } from '../../src/core/commands/command.ts';
import { configCheck } from '../../src/core/commands/config/check.ts';
import { configShow } from '../../src/core/commands/config/show.ts';
import { templateList } from '../../src/core/commands/template/list.ts';
import { templateShow } from '../../src/core/commands/template/show.ts';
import { createConfigStore } from '../../src/core/config/store.ts';
import type { Engine } from '../../src/core/engine.ts';
import { plain } from '../../src/core/render/style.ts';
import { renderText } from '../../src/core/render/text.ts';
import { configPath, homeFiles, operatorSection } from '../config/load.ts';
import { memoryFiles } from '../config/memoryFiles.ts';
import { soak } from '../soak.ts';
import { expectLinear, hostileCharacter, hostileText, mutated, orSentence, runs } from './harness.ts';

const folder = new URL('../config/fixtures/', import.meta.url);
const seeds = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.toml'))
  .map((name) => readFileSync(new URL(name, folder)));

const engineOver = (text: string): Engine => {
  const files = memoryFiles({ ...homeFiles, [configPath]: text });
  const config = createConfigStore({ path: configPath, files, cwd: '/project' });
  return { config, files, paths: { config: configPath } } as unknown as Engine;
};
const io = { signal: new AbortController().signal, report: () => undefined, isJson: false } as unknown as CommandIo;

async function shown(engine: Engine, command: Command, values: ParamValues): Promise<void> {
  const output = await orSentence(async () => command.run(engine, values, io));
  if (output === undefined) return;
  expect(renderText(output, plain, (text) => text.length)).not.toMatch(hostileCharacter);
  JSON.stringify(output.data);
}

/** Everything that reads the file. */
async function readAll(text: string): Promise<void> {
  const engine = engineOver(text);
  await shown(engine, configCheck, {});
  await shown(engine, configCheck, { format: 'sarif' });
  await shown(engine, configShow, {});
  await shown(engine, templateList, {});
  const { config } = await engine.config.check();
  for (const [kind, names] of Object.entries(config?.templateNames ?? {})) {
    for (const name of [...names.slice(0, 5), 'default', 'constructor'])
      await shown(engine, templateShow, { kind, name });
  }
}

const key = fc.oneof(
  hostileText(8),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'operator',
    'vm_templates',
    'default',
    'inherits',
  ),
);
const value: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    hostileText(12).map((text) => JSON.stringify(text)),
    fc.constantFrom(
      '1',
      '-1',
      '1e999',
      '0x',
      'inf',
      'nan',
      '9223372036854775808',
      'true',
      '1979-05-27T07:32:00Z',
      '"""',
      "'",
    ),
    fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
    fc
      .array(fc.tuple(key, tie('value')), { maxLength: 2 })
      .map((pairs) => `{${pairs.map(([k, v]) => `${JSON.stringify(k)} = ${v}`).join(', ')}}`),
  ),
})).value;
const line = fc.oneof(
  fc.tuple(key, value).map(([k, v]) => `${JSON.stringify(k)} = ${v}`),
  fc
    .array(key, { minLength: 1, maxLength: 3 })
    .map((parts) => `[${parts.map((part) => JSON.stringify(part)).join('.')}]`),
  fc.constantFrom(
    '[vm_templates.a]',
    '[agent_templates."\\u001b"]',
    'inherits = ["a", "b", "default"]',
    '[[x]]',
    '# \x1b',
  ),
  hostileText(30),
);

describe('a configuration file', () => {
  it('of any lines is read or explained', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 20 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        async (lines, end, hasKeys) => readAll(`${hasKeys ? operatorSection : ''}${lines.join(end)}`),
      ),
      runs(150),
    );
  });

  it('of damaged real text is read or explained', async () => {
    await fc.assert(
      fc.asyncProperty(mutated(seeds), async (bytes) => readAll(bytes.toString('utf8'))),
      runs(150),
    );
  });

  it.each<[string, (n: number) => string]>([
    ['brackets', (n) => `a = ${'['.repeat(n)}`],
    ['closed brackets', (n) => `a = ${'['.repeat(n / 2)}${']'.repeat(n / 2)}`],
    ['braces', (n) => `a = ${'{a='.repeat(n / 3)}`],
    ['a long key', (n) => `${'k'.repeat(n)} = 1`],
    ['a long dotted key', (n) => `${'k.'.repeat(n / 2)}k = 1`],
    ['a long section', (n) => `[${'k.'.repeat(n / 2)}k]`],
    ['a long text', (n) => `a = "${'x'.repeat(n)}"`],
    ['an unclosed text', (n) => `a = """${'x\n'.repeat(n / 2)}`],
    ['mistakes on one line', (n) => 'a=x '.repeat(n / 4)],
    ['quotes on one line', (n) => 'a="x '.repeat(n / 5)],
    ['pairs on one line', (n) => 'a=1 '.repeat(n / 4)],
    ['items on one line', (n) => `a=[${'x '.repeat(n / 2)}`],
    ['bad headers', (n) => '["a '.repeat(n / 4)],
    ['bad headers on lines', (n) => '["a"."b\n'.repeat(n / 8)],
    ['unclosed lists', (n) => 'a=[\n'.repeat(n / 4)],
    ['unclosed tables', (n) => 'a={\n'.repeat(n / 4)],
    ['a table over many lines', (n) => `a={${'b=1,\n'.repeat(n / 5)}`],
    ['texts that open each other', (n) => 'a="""\n[h]\n'.repeat(n / 10)],
    ['backslashes', (n) => `a = "${'\\'.repeat(n)}`],
    ['line ends', (n) => '\r\n'.repeat(n / 2)],
    ['blanks', (n) => `a = ${' '.repeat(n)}`],
    ['digits', (n) => `a = ${'1'.repeat(n)}`],
    ['digits with dots', (n) => `a = ${'1_'.repeat(n / 2)}.`],
    ['sections', (n) => Array.from({ length: n / 10 }, (_, i) => `[x${i}]`).join('\n')],
    ['unknown keys', (n) => `[operator]\n${Array.from({ length: n / 10 }, (_, i) => `kez${i}=1`).join('\n')}`],
    ['templates', (n) => Array.from({ length: n / 25 }, (_, i) => `[vm_templates.t${i}]`).join('\n')],
    [
      'a chain of templates',
      (n) => Array.from({ length: n / 50 }, (_, i) => `[vm_templates.t${i}]\ninherits=["t${i + 1}"]`).join('\n'),
    ],
    [
      'a circle of templates',
      (n) =>
        Array.from(
          { length: n / 50 },
          (_, i) => `[agent_templates.t${i}]\ninherits=["t${(i + 1) % Math.floor(n / 50)}"]`,
        ).join('\n'),
    ],
    [
      'strangers as parents',
      (n) => `[vm_templates.t]\ninherits=[${Array.from({ length: n / 8 }, (_, i) => `"p${i}"`).join(',')}]`,
    ],
    ['a long list', (n) => `[vm_templates.t]\napt=[${Array.from({ length: n / 8 }, (_, i) => `"p${i}"`).join(',')}]`],
    ['the same twice', (n) => 'a=1\n'.repeat(n / 4)],
    ['nothing of UTF-8', (n) => Buffer.alloc(n, 0xff).toString('utf8')],
    ['zeros', (n) => '\0'.repeat(n)],
    ['comments', (n) => '#\x1b\n'.repeat(n / 3)],
  ])('of %s takes time in proportion to its size', { timeout: soak(60_000, 600_000) }, async (_what, make) => {
    await expectLinear(
      (n) => make(n),
      async (text) => engineOver(`${operatorSection}${text}`).config.check(),
      soak(40_000, 600_000),
    );
  });

  it('of ten megabytes is refused before it is read, and a folder is none', async () => {
    await shown(engineOver('x'.repeat(10 * 2 ** 20)), configCheck, {});
    await expect(engineOver('x'.repeat(10 * 2 ** 20)).config.check()).rejects.toMatchObject({
      message: `${configPath} is larger than 1 MiB.`,
    });
    const files = memoryFiles({ [`${configPath}/x`]: '' });
    await expect(createConfigStore({ path: configPath, files }).check()).rejects.toMatchObject({
      message: `The configuration file ${configPath} is a folder.`,
    });
  });
});
