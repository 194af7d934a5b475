import type { ConfigStore } from '../../core/config/load.ts';

/** Questions that come together read the file once. */
const togetherMs = 200;

/**
 * An engine remembers the configuration that it read, which is right for a program that runs one verb. One that lives as long
 * as a window must not: the file is edited there, and so are the key files that it names.
 */
export function freshConfig(now: () => number = Date.now): (config: Pick<ConfigStore, 'refresh'>) => void {
  let refreshedAt = Number.NEGATIVE_INFINITY;
  return (config) => {
    if (now() - refreshedAt < togetherMs) return;
    refreshedAt = now();
    config.refresh();
  };
}
