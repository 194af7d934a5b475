import { setFlagsFromString } from 'node:v8';

/**
 * SQLite is the one WebAssembly module of this program and runs for milliseconds. V8 would compile it a second time, with its
 * optimizing compiler on every core, while the verb waits: on two cores that takes three times as long as the verb.
 */
export const skipOptimizedWasm = (): void => setFlagsFromString('--liftoff-only');
