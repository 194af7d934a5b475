import { expect, it } from 'vitest';
import { parseUsage } from '../../src/core/agent/usage.ts';
import { usageFields } from '../../src/core/agent/view.ts';

const limits = 'MemoryMax=1073741824\nMemorySwapMax=infinity\nTasksMax=500\nCPUQuotaPerSecUSec=infinity\n';

it('shows what an agent uses with its limit', () => {
  const usage = parseUsage(
    `${limits}memory.current=2097152\nmemory.swap.current=0\npids.current=7\nusage_usec=1500000`,
  );
  expect(Object.fromEntries(usageFields(usage))).toMatchObject({
    Memory: '2.0 MiB of 1.0 GiB',
    Swap: '0 B of no limit',
    'Processes and threads': '7 of 500',
  });
});

it('is nothing where nothing of the agent runs', () => {
  expect(parseUsage(limits)).toMatchObject({ memory: { usedBytes: 0 }, tasks: { count: 0, maximum: 500 } });
});

it('is not called nothing where the machine does not count', () => {
  const usage = parseUsage(`${limits}memory.current=\nmemory.swap.current=\npids.current=\nusage_usec=1500000`);
  expect(usage.tasks.count).toBeUndefined();
  expect(Object.fromEntries(usageFields(usage)).Memory).toBe('neither counted nor limited by this machine');
});
