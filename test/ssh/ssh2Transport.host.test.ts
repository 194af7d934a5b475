import { createSsh2Transport } from '../../src/core/ssh/ssh2Transport.ts';
import { hardWays } from './hardWays.ts';
import { type ConformanceOptions, transportConformance } from './transportConformance.ts';

const options: ConformanceOptions = {
  create: ({ keepaliveMs, env }) => createSsh2Transport({ keepaliveIntervalMs: keepaliveMs, keepaliveCount: 2, env }),
};

transportConformance('the ssh2 transport', options);
hardWays('the ssh2 transport', options);
