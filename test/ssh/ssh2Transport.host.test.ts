import { createSsh2Transport } from '../../src/core/ssh/ssh2Transport.ts';
import { transportConformance } from './transportConformance.ts';

transportConformance('the ssh2 transport', {
  create: ({ keepaliveMs, env }) => createSsh2Transport({ keepaliveIntervalMs: keepaliveMs, keepaliveCount: 2, env }),
});
