// The long runs: every test file that samples something (it imports test/soak.ts, or the harness of test/fuzz), in full, one level after the other.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hostPrograms, minutes, printFailures, vitest, vmPrograms } from './lib/levels.mjs';
import { build, checkNode, installDependencies, installPrograms, main, root } from './lib/setup.mjs';

const walk = (folder) =>
  readdirSync(join(root, folder)).flatMap((name) => {
    const path = join(folder, name);
    return statSync(join(root, path)).isDirectory() ? walk(path) : [path];
  });

const levelOf = (path) => /\.(host|server|vm)\.test\.ts$/.exec(path)?.[1] ?? 'unit';

await main(async () => {
  const { positionals } = parseArgs({ allowPositionals: true });
  checkNode();
  await installDependencies();
  await build();
  if (process.getuid?.() === 0) await installPrograms({ ...hostPrograms, ...vmPrograms });
  const files = walk('test')
    .filter(
      (path) =>
        path.endsWith('.test.ts') &&
        /from '(?:[./]+\/soak|\.\/harness)\.ts'/.test(readFileSync(join(root, path), 'utf8')),
    )
    .filter((path) => positionals.length === 0 || positionals.some((part) => path.includes(part)));
  const rows = [];
  // One file at a time: each has the machine for itself.
  for (const path of files) {
    console.log(`\n── ${path}`);
    const began = Date.now();
    const counts = await vitest(levelOf(path), { files: [path], env: { AGENTWORKS_SOAK: '1' } });
    rows.push({ path, ms: Date.now() - began, passed: 0, failed: 0, skipped: 0, ...counts });
  }
  printFailures(rows);
  console.log('\nSoak                                                time      passed  failed  skipped');
  for (const { path, ms, passed, failed, skipped, skippedLevel } of rows) {
    const note = skippedLevel === undefined ? '' : `  SKIPPED: ${skippedLevel}`;
    console.log(
      `${path.padEnd(50)}  ${minutes(ms).padEnd(9)} ${String(passed).padStart(6)}  ${String(failed).padStart(6)}  ${String(skipped).padStart(7)}${note}`,
    );
  }
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  return sum('failed') === 0 && sum('passed') > 0 ? 0 : 1;
});
