import { createFront } from '../../src/extension/front.ts';
import { read } from '../rules/sources.ts';

/** Registers in the fake editor what package.json says; answers are what a test hands in. */
export const openFront = (packageJSON: unknown = JSON.parse(read('package.json'))) =>
  createFront({ extension: { packageJSON } } as Parameters<typeof createFront>[0], async () => undefined);
