import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createAskScope } from '../../../src/extension/adapters/askScope.ts';
import { scriptedAsk, silentAsk } from '../../fakes/ask.ts';

it('a question goes to the verb that it comes from, however many run at once', async () => {
  const scope = createAskScope(silentAsk);
  const verb = (answer: string, ms: number) =>
    scope.within(scriptedAsk([answer]), async () => {
      await sleep(ms);
      return scope.ask.text({ message: 'Name', flag: '--name' });
    });
  expect(await Promise.all([verb('a', 10), verb('b', 1)])).toEqual(['a', 'b']);
});

it('nobody is asked outside of a verb', async () => {
  const scope = createAskScope(silentAsk);
  await scope.within(scriptedAsk([]), async () => undefined);
  expect(scope.ask.isInteractive).toBe(false);
  await expect(scope.ask.confirm({ message: 'Sure?', flag: '--yes' })).rejects.toMatchObject({ code: 'needs-input' });
});
