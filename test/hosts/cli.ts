import { createLab, execInLab, missingForHosts, removeLab } from './lab.ts';
import { ensureRootfs } from './rootfs.ts';

const usage = `Usage: node scripts/hosts.mjs <command>

  check           say in one sentence what this machine lacks, and exit 1
  rootfs          build the root file system of the test hosts if needed, and print its path
  exec COMMAND…   run COMMAND inside a lab network of its own, e.g. npx vitest run --project host
`;

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

/** Returns the exit code. */
export async function main(args: string[]): Promise<number> {
  const [verb, ...rest] = args;
  if (!['check', 'rootfs', 'exec'].includes(verb ?? '') || (verb === 'exec' && rest.length === 0)) {
    process.stderr.write(usage);
    return 2;
  }
  const missing = await missingForHosts();
  if (missing !== undefined) {
    say(missing);
    return 1;
  }
  if (verb === 'check') return 0;
  const rootfs = await ensureRootfs(say);
  if (verb === 'rootfs') {
    process.stdout.write(`${rootfs}\n`);
    return 0;
  }
  const lab = await createLab(rootfs);
  try {
    return await execInLab(lab, rest);
  } finally {
    await removeLab(lab);
  }
}
