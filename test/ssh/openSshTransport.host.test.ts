import { createOpenSshTransport } from '../../src/core/ssh/openSshTransport.ts';
import { createNodeProcess } from '../../src/node/nodeProcess.ts';
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
hardWays('the OpenSSH transport', options);
