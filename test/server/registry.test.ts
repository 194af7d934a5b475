import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CancellationTokenSource, LSPErrorCodes, ResponseError } from 'vscode-languageserver';
import { isolated } from '../../src/server/registry.ts';

const logged: string[] = [];
const context = { log: (text: string) => void logged.push(text) };
beforeEach(() => {
  logged.length = 0;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

const run = (work: (signal: AbortSignal) => unknown, source = new CancellationTokenSource()) =>
  isolated('test/request', source.token, context, work);

const codeOf = (answer: unknown): number | undefined => (answer instanceof ResponseError ? answer.code : undefined);

test.each([
  ['throws', () => JSON.parse('{')],
  ['throws later', async () => JSON.parse('{')],
])('a handler that %s fails with a sentence, and the log has the rest', async (_, work) => {
  const answer = await run(work);
  expect(codeOf(answer)).toBe(LSPErrorCodes.RequestFailed);
  expect((answer as ResponseError<void>).message).not.toContain('JSON');
  expect(logged.join()).toContain('SyntaxError');
});

test('a handler that never ends is given up, and told so', async () => {
  let signal: AbortSignal | undefined;
  const answer = run((own) => {
    signal = own;
    return new Promise(() => {});
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(codeOf(await answer)).toBe(LSPErrorCodes.RequestFailed);
  expect(signal?.aborted).toBe(true);
});

test('a cancelled request ends at once, before and while it runs', async () => {
  const source = new CancellationTokenSource();
  const answer = run(() => new Promise(() => {}), source);
  source.cancel();
  expect(codeOf(await answer)).toBe(LSPErrorCodes.RequestCancelled);
  const work = vi.fn();
  expect(codeOf(await run(work, source))).toBe(LSPErrorCodes.RequestCancelled);
  expect(work).not.toHaveBeenCalled();
});

test('nothing is left behind by a handler that answers', async () => {
  expect(await run(async () => 3)).toBe(3);
  expect(await run(() => 4)).toBe(4);
  expect(vi.getTimerCount()).toBe(0);
});
