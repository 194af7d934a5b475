import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './places.ts';
import { installVsix, packVsix } from './vsix.ts';

/** Gets the VS Code server, packs the vsix and installs it; whatever starts a server in this run finds it. Returns how to remove it. */
export async function prepareRun(): Promise<() => Promise<void>> {
  const editor = execFileSync(process.execPath, ['scripts/editorHost.mjs'], { cwd: root, encoding: 'utf8' });
  process.env.AGENTWORKS_EDITOR = editor.trim();
  // Short: sockets are below it.
  const directory = await mkdtemp(join(tmpdir(), 'agw-ed-'));
  process.env.AGENTWORKS_EDITOR_RUN = directory;
  await installVsix(await packVsix(directory), directory);
  return () => rm(directory, { recursive: true, force: true, maxRetries: 3 });
}
