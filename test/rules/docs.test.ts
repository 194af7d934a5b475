import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { root } from './sources.ts';

describe('the generated reference', () => {
  it('is what the code says', async () => {
    const run = promisify(execFile)(process.execPath, ['scripts/docs.mjs', '--check'], { cwd: root });
    await expect(run).resolves.toMatchObject({ stderr: '' });
  });
});
