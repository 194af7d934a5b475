import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { createNodeFiles } from '../../src/node/nodeFiles.ts';
import { createNodeProcess } from '../../src/node/nodeProcess.ts';
import { expectSentence } from './harness.ts';

const thrownBy = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('memory', () => {
  it('is not filled by a program that never stops printing', { timeout: 60_000 }, async () => {
    const nodeProcess = createNodeProcess(process.env);
    const endless = 'for (;;) require("node:fs").writeSync(1, "x".repeat(65536))';
    const error = expectSentence(await thrownBy(nodeProcess.run(process.execPath, ['-e', endless])));
    expect(error.message).toContain('printed more than 64 MiB and was ended');
  });

  it('is not filled by a device in place of a file', { timeout: 60_000 }, async (test) => {
    if (process.platform === 'win32') return test.skip('there are no devices as files');
    const files = createNodeFiles(tmpdir());
    for (const read of [files.readText, files.readBytes]) {
      expect(expectSentence(await thrownBy(read('/dev/zero'))).message).toBe(
        '/dev/zero is no file, and it has no end.',
      );
    }
    expect(await files.readText('/dev/null')).toBe('');
  });
});
