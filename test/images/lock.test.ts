import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withFileLock } from '../../src/core/images/lock.ts';
import { nodeClock } from '../../src/node/nodeClock.ts';
import { createNodeProcess } from '../../src/node/nodeProcess.ts';
import { testContext } from '../fakes/context.ts';

const parts = { process: createNodeProcess(process.env), clock: nodeClock };
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agw-lock-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const lock = (waitMs = 10_000) => ({ path: join(folder, 'it.lock'), purpose: 'it is being tested', waitMs });

test('only one at a time, and nothing is left', async () => {
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside);
    await nodeClock.sleep(5);
    inside--;
  };
  await Promise.all(Array.from({ length: 8 }, async () => withFileLock(parts, lock(), testContext(), work)));
  expect(most).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

test.each(['999999 gone', `${process.pid} another start`, 'rubbish', ''])(
  'the lock of a dead owner (%j) is taken over by one of many',
  async (owner) => {
    await writeFile(lock().path, owner);
    let inside = 0;
    await Promise.all(
      Array.from({ length: 5 }, async () =>
        withFileLock(parts, lock(), testContext(), async () => {
          expect(++inside).toBe(1);
          await nodeClock.sleep(5);
          inside--;
        }),
      ),
    );
    expect(await readdir(folder)).toEqual([]);
  },
);

test('a live owner is waited for, then reported', async () => {
  const context = testContext();
  await withFileLock(parts, lock(), testContext(), async () => {
    await expect(withFileLock(parts, lock(150), context, async () => undefined)).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining('it is being tested'),
    });
  });
  expect(context.events).toEqual([{ type: 'info', text: 'Waiting for another process: it is being tested' }]);
});
