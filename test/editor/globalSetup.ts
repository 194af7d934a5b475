import { currentLab, missingForHosts } from '../hosts/lab.ts';
import { bundleSuite } from './driver/bundleSuite.ts';
import { prepareRun } from './driver/prepareRun.ts';

/** What is packed is what is tested: the vsix is packed once, and installed into a folder of extensions. */
export async function setup(): Promise<() => Promise<void>> {
  const missing = await missingForHosts();
  if (missing !== undefined) throw new Error(missing);
  const lab = currentLab();
  if (typeof lab === 'string') throw new Error(lab.replace('--project host', '--project editor'));
  const dispose = await prepareRun();
  await bundleSuite();
  return dispose;
}
