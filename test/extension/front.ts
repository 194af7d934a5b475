import { prepareFront } from '../../src/extension/front.ts';
import { read } from '../rules/sources.ts';

/** Registers in the fake editor what package.json says; answers are what a test hands in. */
export function openFront(packageJSON: unknown = JSON.parse(read('package.json'))) {
  const front = prepareFront();
  const context = { extension: { packageJSON } } as Parameters<typeof front.register>[0];
  return Object.assign(
    front.register(context, async () => undefined),
    front,
  );
}
