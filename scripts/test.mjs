// Every level that this machine can run, each with its time against its budget; what cannot run is skipped loudly.
import { parseArgs } from 'node:util';
import { ensureEditorHost } from './lib/editorHost.mjs';
import { bin, hostPrograms, minutes, printFailures, vitest, vmPrograms } from './lib/levels.mjs';
import { build, checkNode, has, installDependencies, installPrograms, main, run } from './lib/setup.mjs';

const budgets = { 'set-up': 8, check: 1, unit: 2, server: 4, editor: 12, host: 10, vm: 12 };

const results = [];

/** Runs one level and keeps its time and counts. */
async function level(name, work) {
  console.log(`\n── ${name} ${'─'.repeat(60 - name.length)}`);
  const began = Date.now();
  const outcome = await work();
  results.push({ name, ms: Date.now() - began, passed: 0, failed: 0, skipped: 0, ...outcome });
}

async function check() {
  const typecheck = await run(bin('tsc'), ['--noEmit']);
  const lint = await run(bin('biome'), ['check', '.']);
  return { passed: Number(typecheck === 0) + Number(lint === 0), failed: Number(typecheck !== 0) + Number(lint !== 0) };
}

function summary() {
  printFailures(results);
  console.log('\nLevel      time        budget    passed  failed  skipped');
  for (const { name, ms, passed, failed, skipped, skippedLevel } of results) {
    const budget = `${budgets[name]} min`;
    const over = ms > budgets[name] * 60_000 ? '  over budget' : '';
    const note = skippedLevel === undefined ? over : `  SKIPPED: ${skippedLevel}`;
    console.log(
      `${name.padEnd(10)} ${minutes(ms).padEnd(11)} ${budget.padEnd(9)} ${String(passed).padStart(6)}  ${String(failed).padStart(6)}  ${String(skipped).padStart(7)}${note}`,
    );
  }
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
  return sum('failed') === 0 && sum('passed') > 0 ? 0 : 1;
}

await main(async () => {
  const { positionals } = parseArgs({ allowPositionals: true });
  const levels = positionals.length === 0 ? ['check', 'unit', 'server', 'editor', 'host', 'vm'] : positionals;
  checkNode();
  await level('set-up', async () => {
    await installDependencies();
    await build();
    if (process.getuid?.() === 0) await installPrograms({ ...hostPrograms, ...vmPrograms });
    // Where it cannot be had, the level says why and is skipped.
    if (levels.includes('editor')) await ensureEditorHost().catch((error) => console.log(error.message));
    if (!has('git')) console.log('git is missing; tests that need it will fail.');
    return {};
  });
  for (const name of levels) await level(name, name === 'check' ? check : async () => vitest(name));
  return summary();
});
