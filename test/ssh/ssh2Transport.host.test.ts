import { createSsh2Transport } from '../../src/core/ssh/ssh2Transport.ts';
import { soak } from '../soak.ts';
import { hardWays } from './hardWays.ts';
import { type ConformanceOptions, transportConformance } from './transportConformance.ts';

const options: ConformanceOptions = {
  create: ({ keepaliveMs, env }) => createSsh2Transport({ keepaliveIntervalMs: keepaliveMs, keepaliveCount: 2, env }),
};

transportConformance('the ssh2 transport', options);
hardWays('the ssh2 transport', options, { count: soak(14, 300), limitMs: soak(120_000, 1_800_000) });
