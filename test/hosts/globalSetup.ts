import { currentLab, missingForHosts } from './lab.ts';

/** Fails before the first host test, with one sentence, where hosts cannot be had. */
export async function setup(): Promise<void> {
  const missing = await missingForHosts();
  if (missing !== undefined) throw new Error(missing);
  const lab = currentLab();
  if (typeof lab === 'string') throw new Error(lab);
}
