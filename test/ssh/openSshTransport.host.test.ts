import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { AppError } from '../../src/core/errors.ts';
import { sh } from '../../src/core/remote/quote.ts';
import { createOpenSshTransport } from '../../src/core/ssh/openSshTransport.ts';
import { createNodeProcess } from '../../src/node/nodeProcess.ts';
import { startHost } from '../hosts/host.ts';
import { soak } from '../soak.ts';
import { hardWays } from './hardWays.ts';
import { type ConformanceOptions, transportConformance } from './transportConformance.ts';

const options: ConformanceOptions = {
  create: ({ keepaliveMs, env }) =>
    createOpenSshTransport({
      process: createNodeProcess({ PATH: process.env.PATH, ...env }),
      configFile: '/dev/null',
      keepaliveIntervalMs: keepaliveMs,
      keepaliveCount: 2,
    }),
};

transportConformance('the OpenSSH transport', options);
hardWays('the OpenSSH transport', options, { count: soak(14, 300), limitMs: soak(120_000, 1_800_000) });

describe('the agent at the far end of OpenSSH', () => {
  it('ends its commands when the connection ends, however it does, and installs nothing', async () => {
    const host = await startHost();
    try {
      const files = async (): Promise<string> => (await host.root(`find /home/${host.adminUser} /tmp | sort`)).stdout;
      const before = await files();
      for (const end of ['orderly', 'killed'] as const) {
        const transport = options.create({ keepaliveMs: 15_000, env: { HOME: '/nonexistent' } });
        const connection = await transport.connect({
          ...{ vm: 'box', host: host.address, port: host.port, user: host.adminUser, hostKeyAlias: 'agw-1' },
          ...{ identityFile: host.privateKeyPath, hostKeys: host.hostKeys, connectTimeoutMs: 10_000 },
        });
        const running = connection
          .exec(sh`trap '' TERM; sleep 31030 & sleep 31031; sleep 31032`)
          .catch((e: AppError) => e.code);
        const isThere = async (): Promise<boolean> =>
          (await host.root('pgrep -f "sleep 3103[0-9]" && pgrep -f "exec perl|perl -e"', { check: false })).code === 0;
        while (!(await isThere())) await sleep(20);
        if (end === 'orderly') await connection.close();
        else await host.root(`pkill -KILL -f 'sshd: ${host.adminUser}'`, { check: false });
        expect(await running).toBe('connection-lost');
        while ((await host.root('pgrep -f "sleep 3103[0-9]|perl -e"', { check: false })).code === 0) await sleep(20);
        await connection.close();
      }
      expect(await files()).toBe(before);
    } finally {
      await host.dispose();
    }
  });
});
