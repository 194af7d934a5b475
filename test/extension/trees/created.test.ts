import { describe, expect, it } from 'vitest';
import { createdThing } from '../../../src/extension/trees/created.ts';

const message = (data?: unknown) => ({ type: 'message', text: '', data }) as const;

describe('what a verb has created', () => {
  it.each([
    ['its data names it', 'vm.create', {}, message({ name: 'box' }), { kind: 'vm', name: 'box' }],
    [
      'its data holds it',
      'workspace.create',
      {},
      message({ workspace: { name: 'shop' } }),
      { kind: 'workspace', name: 'shop' },
    ],
    ['only the operator named it', 'agent.create', { name: 'ada' }, message(), { kind: 'agent', name: 'ada' }],
    ['it was a plan', 'session.create', { name: 'x', dryRun: true }, message(), undefined],
    ['nothing was created', 'session.stop', { name: 'x' }, message({ name: 'x' }), undefined],
    ['it has no name', 'session.create', {}, { type: 'nothing' } as const, undefined],
    ['it is no thing of a tree', 'config.create', { name: 'x' }, message(), undefined],
  ] as const)('%s', (_what, verb, values, output, thing) => {
    expect(createdThing({ verb, values, output })).toEqual(thing);
  });
});
