import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { currentLab, missingForHosts } from '../hosts/lab.ts';
import { bundleSuite } from './driver/bundleSuite.ts';
import { installVsix, packVsix } from './driver/vsix.ts';

const root = join(import.meta.dirname, '..', '..');

/** What is packed is what is tested: the vsix is packed once, and installed into a folder of extensions. */
export async function setup(): Promise<() => Promise<void>> {
  const missing = await missingForHosts();
  if (missing !== undefined) throw new Error(missing);
  const lab = currentLab();
  if (typeof lab === 'string') throw new Error(lab.replace('--project host', '--project editor'));
  const editor = execFileSync(process.execPath, ['scripts/editorHost.mjs'], { cwd: root, encoding: 'utf8' });
  process.env.AGENTWORKS_EDITOR = editor.trim();
  const directory = await mkdtemp(join(tmpdir(), 'agw-ed-'));
  process.env.AGENTWORKS_EDITOR_RUN = directory;
  const vsix = await packVsix(directory);
  await installVsix(vsix, directory);
  await bundleSuite();
  return () => rm(directory, { recursive: true, force: true, maxRetries: 3 });
}
