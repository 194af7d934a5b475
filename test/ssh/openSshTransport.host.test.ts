import { createOpenSshTransport } from '../../src/core/ssh/openSshTransport.ts';
import { createNodeProcess } from '../../src/node/nodeProcess.ts';
import { transportConformance } from './transportConformance.ts';

transportConformance('the OpenSSH transport', {
  create: ({ keepaliveMs, env }) =>
    createOpenSshTransport({
      process: createNodeProcess({ PATH: process.env.PATH, ...env }),
      configFile: '/dev/null',
      keepaliveIntervalMs: keepaliveMs,
      keepaliveCount: 2,
    }),
});
