import { expect, test } from 'vitest';
import { codeActions } from '../../src/server/features/codeActions.ts';
import { encodedTokens } from '../../src/server/features/semanticTokens.ts';
import { clientLike, documentOf } from './caret.ts';

/** Processor time of the cheapest of some runs, ms. */
async function costOf(run: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let time = 0; time < 3; time++) {
    const before = process.cpuUsage();
    await run();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}

const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => line(index)).join('\n');

test.each<[string, number, (size: number) => string]>([
  ['a long word in a list that nobody closed', 4000, (size) => `a = [\n[${'x'.repeat(size)}=\n`],
  ['blanks in a list that nobody closed', 4000, (size) => `a = [\n[a${' '.repeat(size)}=\n`],
  ['a key of very many parts', 3000, (size) => `${'a.'.repeat(size)}b = 1\n`],
  ['unknown keys below comments', 400, (size) => lines(size, (index) => `${'# c\n'.repeat(30)}k${index} = 1`)],
  [
    'templates whose parent is gone',
    400,
    (size) => lines(size, (index) => `[vm_templates.t${index}]\ninherits = ["base"]`),
  ],
  [
    'entries of a list that are gone',
    400,
    (size) => lines(size, (index) => `[vm_templates.t${index}]\napt_packages = ["gone"]\n[apt_packages.p${index}]`),
  ],
  ['slashes in a path', 8000, (size) => `[vm_templates.a]\nnerf_home_dir = "/${'/'.repeat(size)}x"\n`],
])('%s: four times as much costs about four times as much', async (_, size, textOf) => {
  const cost = (text: string) =>
    costOf(async () => {
      const document = documentOf(text);
      expect(document.problems.list.length).toBeGreaterThanOrEqual(0);
      encodedTokens(document);
    });
  const small = Math.max(5, await cost(textOf(size)));
  expect((await cost(textOf(size * 4))) / small).toBeLessThan(10);
});

test.each<[string, (index: number) => string]>([
  ['templates whose parent is gone', (index) => `[vm_templates.t${index}]\ninherits = ["base"]`],
  ['values of another type', (index) => `[vm_templates.t${index}]\ncpus = "4"`],
])('%s: what can be done about a whole file costs about four times as much for four times of it', async (_, line) => {
  const cost = (size: number) => {
    const document = documentOf(lines(size, line));
    const range = document.range({ start: 0, end: document.text.length });
    const findings = document.problems.findings();
    const context = { client: clientLike('vscode'), documentation: undefined, findings: { of: async () => findings } };
    return costOf(async () => {
      const actions = await codeActions(document, { range, context: { diagnostics: [] } }, context as never);
      expect(actions.length).toBeGreaterThanOrEqual(size);
    });
  };
  const small = Math.max(5, await cost(400));
  expect((await cost(1600)) / small).toBeLessThan(10);
});
