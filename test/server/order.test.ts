import { afterEach, expect, test, vi } from 'vitest';
import type { Connection } from 'vscode-languageserver';
import type { Files } from '../../src/core/ports/files.ts';
import type { Context } from '../../src/server/context.ts';
import type { ConfigDocument } from '../../src/server/document.ts';
import { Findings } from '../../src/server/findings.ts';
import { Publisher } from '../../src/server/publish.ts';
import { Quiet } from '../../src/server/quiet.ts';
import { documentOf, uri } from './caret.ts';

afterEach(() => vi.useRealTimers());

const files = { home: '/home/operator', info: async () => undefined } as unknown as Files;

/** A message that comes now: the event loop reads it in this turn, and its answer is due behind what waits already. */
const request = (events: string[]): void => void setImmediate(() => events.push('answer'));

/** A document that says when it is judged. */
function watched(text: string, events: string[]): ConfigDocument {
  const document = documentOf(text);
  return new Proxy(document, {
    get: (target, name) => {
      if (name === 'problems') events.push('judged');
      return Reflect.get(target, name, target);
    },
  });
}

test('a request that has come is answered before a text is judged', async () => {
  const events: string[] = [];
  const findings = new Findings(files, { users: async () => [] });
  const judged = findings.of(watched('[vm_templates.a]\ncpus = "many"\n', events));
  request(events);
  await judged;
  expect(events).toEqual(['answer', 'judged']);
});

test('after a key, a request that has come is answered before the text is read', async () => {
  const events: string[] = [];
  const document = documentOf('[vm_templates.a]\ncpus = "many"\n');
  const context = {
    client: { pullsDiagnostics: false },
    findings: new Findings(files, { users: async () => [] }),
    documents: {
      get: () => {
        events.push('read');
        return document;
      },
    },
  } as unknown as Context;
  const connection = { sendDiagnostics: async () => {} } as unknown as Connection;
  let done: () => void = () => {};
  const isDone = () =>
    new Promise<void>((resolve) => {
      done = resolve;
    });
  const publisher = new Publisher(connection, context, () => done());
  const first = isDone();
  publisher.changed(uri);
  await first;
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  const second = isDone();
  publisher.changed(uri);
  events.length = 0;
  vi.advanceTimersByTime(1000);
  request(events);
  await second;
  expect(events.slice(0, 2)).toEqual(['answer', 'read']);
});

test('what is for later is done once, when nobody has typed for a while', () => {
  vi.useFakeTimers();
  const work = vi.fn();
  const quiet = new Quiet(work);
  for (let key = 0; key < 5; key++) {
    quiet.disturb();
    vi.advanceTimersByTime(30);
  }
  expect(work).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1000);
  expect(work).toHaveBeenCalledOnce();
  quiet.disturb();
  quiet.dispose();
  vi.advanceTimersByTime(1000);
  expect(work).toHaveBeenCalledOnce();
});
