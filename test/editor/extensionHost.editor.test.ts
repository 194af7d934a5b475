import { afterAll, describe } from 'vitest';
import { runSuite } from './driver/extensionHost.ts';
import { furnish, startOperator } from './driver/operator.ts';
import { leaveChanges } from './driver/repository.ts';
import { suiteTests } from './driver/suiteTests.ts';

// The suite runs once, in the extension host; each of its tests is a test here.
const operator = await startOperator();
afterAll(() => operator.dispose());
await furnish(operator);
await leaveChanges(operator);
const result = await runSuite({
  directory: operator.directory,
  folder: operator.folder,
  env: { ...operator.env, AGENTWORKS_TEST_HOST: JSON.stringify(operator.host) },
  files: '(?!everyCommand).*',
  timeoutMs: 300_000,
});

describe('in the extension host', () => suiteTests(result));
