import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Diagnostic } from 'vscode-languageserver';
import type { CommandIo } from '../../src/core/commands/command.ts';
import { configCheck } from '../../src/core/commands/config/check.ts';
import { effectiveSections } from '../../src/core/config/assemble.ts';
import { templateKinds, templateSections } from '../../src/core/config/inherit.ts';
import type { ConfigProblem } from '../../src/core/config/model.ts';
import { createConfigStore } from '../../src/core/config/store.ts';
import type { Engine } from '../../src/core/engine.ts';
import { diagnosticsOf } from '../../src/server/features/diagnostics.ts';
import { Findings } from '../../src/server/findings.ts';
import { generatedConfig } from '../config/generated.ts';
import { configPath, homeFiles } from '../config/load.ts';
import { memoryFiles } from '../config/memoryFiles.ts';
import { soak } from '../soak.ts';
import { clientLike, documentOf } from './caret.ts';
import { acceptedInSilence, brokenRules, type Fault } from './faults.ts';

const client = clientLike('vscode');
const io = { signal: new AbortController().signal, report: () => {}, streams: undefined, isJson: true } as CommandIo;
const severities = { error: 1, warning: 2, info: 3 } as const;

const sentence = (message: string): string => (/[.!?]$/.test(message) ? message : `${message}.`);

/** What an editor shows and what `config check` prints, in one spelling: 0-based, notes without their shade. */
const ofServer = ({ severity = 1, code, message, range: { start } }: Diagnostic): string =>
  `${start.line}:${start.character} ${Math.min(severity, 3)} ${code} ${message}`;
const ofCheck = ({ severity, code, message, hint, start }: ConfigProblem): string =>
  `${start.line - 1}:${start.column - 1} ${severities[severity]} ${code} ${sentence(message)}${hint === undefined ? '' : ` ${sentence(hint)}`}`;

/** One text before the three judges; they have to say the same. */
async function judged(text: string): Promise<ConfigProblem[]> {
  const files = memoryFiles({ ...homeFiles, [configPath]: text });
  const store = createConfigStore({ path: configPath, files, cwd: '/project' });
  const engine = { config: store, files, database: { read: async () => [] } } as unknown as Engine;
  const output = await configCheck.run(engine, { format: 'json' }, io);
  const { problems } = output.data as { problems: ConfigProblem[] };

  // The editor shows a byte order mark to nobody.
  const document = documentOf(text.replace(/^\ufeff/, ''));
  const findings = await new Findings(files, { users: async () => [] }).of(document);
  const shown = diagnosticsOf(document, findings, { client, documentation: undefined });
  expect(shown.map(ofServer).sort(), text).toEqual(problems.map(ofCheck).sort());

  const isUsable = !problems.some(({ severity, part }) => severity === 'error' && part === undefined);
  const loaded = await store.load().then(
    () => true,
    () => false,
  );
  expect(loaded, text).toBe(isUsable);
  expect('exitCode' in output ? output.exitCode : 0, text).toBe(
    problems.some(({ severity }) => severity === 'error') ? 1 : 0,
  );
  if (!isUsable) return problems;
  for (const kind of templateKinds) {
    for (const name of document.file.collections.get(templateSections[kind])?.keys() ?? []) {
      expect(await store.explain(kind, name), text).toEqual(document.effective(kind, name));
    }
  }
  expect(await store.explainSections(), text).toEqual(effectiveSections(document.file));
  return problems;
}

describe.each([
  ['what another loader accepts in silence', acceptedInSilence],
  ['a rule that is broken', brokenRules],
] as [string, readonly Fault[]][])('%s', (_, faults) => {
  test.each(faults)('%s', async (_what, text, code) => {
    const problems = await judged(text);
    const codes = problems
      .map((problem) => problem.code as string)
      .filter((found) => found !== 'no-keys' || code === 'no-keys');
    if (code === 'none') expect(codes).toEqual([]);
    else expect(codes).toContain(code);
  });
});

test(
  'generated files: server, check and loader are of one mind',
  async () => {
    let sound = 0;
    await fc.assert(
      fc.asyncProperty(generatedConfig, async (text) => {
        const problems = await judged(text);
        if (problems.every(({ severity }) => severity !== 'error')) sound++;
      }),
      { numRuns: soak(1000, 20_000) },
    );
    // A generator whose files are all broken would compare no values.
    expect(sound).toBeGreaterThan(50);
  },
  soak(300_000, 3_600_000),
);
