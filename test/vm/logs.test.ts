import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Engine } from '../../src/core/engine.ts';
import { followLogs } from '../../src/core/vm/logs.ts';
import { createNodeEngine } from '../../src/node/createEngine.ts';
import { silentAsk } from '../fakes/ask.ts';
import { testContext } from '../fakes/context.ts';

let home: string;
let engine: Engine;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'agentworks-logs-'));
  engine = createNodeEngine({ ask: silentAsk, env: { PATH: process.env.PATH, HOME: home }, version: '0.0.0-test' });
  await engine.files.makeDirectory(engine.paths.logs);
});
afterEach(async () => {
  await engine.close();
  await rm(home, { recursive: true, force: true });
});

it('--follow goes on with the log of the next operation', async () => {
  const path = (stamp: string): string => join(engine.paths.logs, `dev-${stamp}-vm-init-abcdef012345.log`);
  const [first, second] = [path('20260101T000000Z'), path('20260102T000000Z')];
  await writeFile(first, 'one\n');
  const stop = new AbortController();
  let seen = '';
  const following = followLogs(
    engine,
    { vm: 'dev', operation: undefined },
    (text) => {
      seen += text;
    },
    testContext(stop.signal),
  );
  await vi.waitFor(() => expect(seen).toContain('one\n'));
  await appendFile(first, 'last');
  await appendFile(first, ' words\n');
  await writeFile(second, 'two\n');
  await vi.waitFor(() => expect(seen).toContain('two\n'), { timeout: 5000 });
  stop.abort();
  await following;
  expect(seen.replace(/--- .* ---\n/g, '# ')).toBe('# one\nlast words\n# two\n');
});
