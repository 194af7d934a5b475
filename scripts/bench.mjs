// Ratios against stated baselines, measured in one run; see test/bench. Parts that need light hosts run inside a lab.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleProgram } from './lib/bundle.mjs';
import { editorObstacle } from './lib/editorHost.mjs';
import { build, checkNode, installDependencies, main, run } from './lib/setup.mjs';

// `npm run bench language` measures one part only.
const parts = ['startup', 'language', 'editor', 'hosts'];
const wanted = process.argv.slice(2).filter((part) => parts.includes(part));
const isWanted = (part) => wanted.length === 0 || wanted.includes(part);

await main(async () => {
  checkNode();
  await installDependencies();
  await build();
  const directory = await mkdtemp(join(tmpdir(), 'agentworks-bench-'));
  const outfile = await bundleProgram('test/bench/main.ts', 'bench');
  try {
    for (const part of ['startup', 'language']) {
      if (isWanted(part)) await run(process.execPath, [outfile, part, directory]);
    }
    if (isWanted('editor')) {
      const obstacle = editorObstacle();
      if (obstacle === undefined) await run(process.execPath, [outfile, 'editor', directory]);
      else console.log(`SKIPPED: what is measured in an extension host: ${obstacle}.`);
    }
    if (!isWanted('hosts')) return 0;
    const inLab = await run(process.execPath, [
      'scripts/hosts.mjs',
      'exec',
      process.execPath,
      outfile,
      'hosts',
      directory,
    ]);
    if (inLab !== 0) console.log('SKIPPED: what is measured on light hosts (see above).');
    return inLab;
  } finally {
    await rm(outfile, { force: true });
    await rm(directory, { recursive: true, force: true });
  }
});
