import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ConfigProblem } from '../../src/core/config/model.ts';
import { storeOf } from './load.ts';

const folder = join(import.meta.dirname, 'fixtures');

/** `error 3:1-3:9 unknown-key defaults.x` and below it what people read. */
function golden(problem: ConfigProblem): string {
  const { start, end } = problem;
  const lines = [
    `${problem.severity} ${start.line}:${start.column}-${end.line}:${end.column} ${problem.code} ${problem.key ?? '-'}`,
    `  ${problem.message}`,
  ];
  if (problem.hint !== undefined) lines.push(`  > ${problem.hint}`);
  for (const related of problem.related ?? []) {
    lines.push(`  @ ${related.start.line}:${related.start.column} ${related.message}`);
  }
  if (problem.severity === 'error') lines.push(`  blocks ${problem.part ?? 'everything'}`);
  return lines.join('\n');
}

test.each(readdirSync(folder))('%s: every problem in its place', async (name) => {
  const text = readFileSync(join(folder, name, 'config.toml'), 'utf8');
  const { problems, config } = await storeOf(text).check();
  const isUsable = config === undefined ? 'cannot be used' : 'can be used';
  await expect(`${[isUsable, ...problems.map(golden)].join('\n')}\n`).toMatchFileSnapshot(
    join(folder, name, 'problems.txt'),
  );
});
