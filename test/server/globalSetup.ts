import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** What is packed is what is tested: the server is built once for the level. */
export const setup = (): void => {
  execFileSync(process.execPath, ['esbuild.mjs'], { cwd: join(import.meta.dirname, '..', '..'), stdio: 'pipe' });
};
