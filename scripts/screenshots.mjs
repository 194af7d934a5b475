// Pictures for README and guides, taken of the packed extension at work on a light host; see test/editor/screenshots.ts.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleProgram } from './lib/bundle.mjs';
import { editorObstacle } from './lib/editorHost.mjs';
import { checkNode, installDependencies, main, root, run, SetupError } from './lib/setup.mjs';

await main(async () => {
  checkNode();
  await installDependencies();
  const obstacle = editorObstacle();
  if (obstacle !== undefined) throw new SetupError(`No picture can be taken here: ${obstacle}.`);
  const outfile = await bundleProgram('test/editor/screenshots.ts', 'screenshots');
  const env = { ...process.env, AGENTWORKS_EDITOR_PICTURES: join(root, 'docs', 'media') };
  try {
    return await run(process.execPath, ['scripts/hosts.mjs', 'exec', process.execPath, outfile], { env });
  } finally {
    await rm(outfile, { force: true });
  }
});
