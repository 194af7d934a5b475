import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { uri } from './caret.ts';
import { ReplyError, TestClient } from './client.ts';
import { vscode } from './profiles.ts';

let client: TestClient | undefined;
afterEach(async () => {
  await client?.stop().catch(() => client?.child.kill('SIGKILL'));
  client = undefined;
});

const started = async (): Promise<TestClient> => {
  client = await TestClient.start({ capabilities: vscode });
  client.open(uri, '[vm_templates.a]\ncpus = 2\n');
  return client;
};

const works = (server: TestClient): Promise<unknown> =>
  expect(server.at('textDocument/hover', uri, { line: 1, character: 1 })).resolves.toMatchObject({
    contents: { value: expect.stringContaining('Virtual processors') },
  });

describe('one bad request costs one answer', () => {
  test.each([
    ['without a position', 'textDocument/hover', { textDocument: { uri } }],
    ['with a position of nonsense', 'textDocument/hover', { textDocument: { uri }, position: { line: 'x' } }],
    ['without parameters', 'textDocument/documentSymbol', {}],
    [
      'about a file that is not open',
      'textDocument/hover',
      { textDocument: { uri: 'file:///nowhere' }, position: { line: 0, character: 0 } },
    ],
    ['that nobody knows', 'agentworks/nonsense', {}],
  ])('%s', async (_, method, params) => {
    const server = await started();
    await server.request(method, params).then(
      (answer) => expect(answer).toBeNull(),
      (error) => expect(error).toBeInstanceOf(ReplyError),
    );
    await works(server);
  });

  test('a position far outside is the end of the file', async () => {
    const server = await started();
    expect(await server.at('textDocument/hover', uri, { line: 10_000, character: 10_000 })).toBeNull();
    expect(await server.at('textDocument/hover', uri, { line: -3, character: -5 })).not.toBeInstanceOf(Error);
    await works(server);
  });

  test('a change of a file that is not open, and notifications of nonsense, are passed over', async () => {
    const server = await started();
    server.change('file:///nowhere', 'x');
    server.notify('$/nonsense', { a: 1 });
    server.notify('textDocument/didClose', {});
    server.notify('textDocument/didChange', { textDocument: { uri, version: 2 } });
    await works(server);
  });

  test('a body that is no JSON is passed over', async () => {
    const server = await started();
    server.raw('Content-Length: 9\r\n\r\nnot json!');
    await works(server);
  });

  test('a request that is cancelled is answered all the same', async () => {
    const server = await started();
    const asked = Array.from({ length: 50 }, () => server.ask('textDocument/diagnostic', { textDocument: { uri } }));
    for (const { id } of asked) server.notify('$/cancelRequest', { id });
    const answers = await Promise.allSettled(asked.map(({ reply }) => reply));
    for (const answer of answers) {
      if (answer.status === 'rejected') expect((answer.reason as ReplyError).code).toBe(-32800);
    }
    await works(server);
  });
});

describe('its end', () => {
  test('is 0 after a shutdown', async () => {
    const server = await started();
    await server.request('shutdown', null);
    server.notify('exit', null);
    expect(await server.exited).toBe(0);
  });

  test('is 1 without one', async () => {
    const server = await started();
    server.notify('exit', null);
    expect(await server.exited).toBe(1);
  });

  test('comes when the editor is gone', async () => {
    const server = await started();
    server.child.stdin.destroy();
    expect(await server.exited).toBe(1);
  });

  test('comes with SIGTERM', async () => {
    const server = await started();
    await works(server);
    server.child.kill('SIGTERM');
    expect([1, 143]).toContain(await server.exited);
  });

  test.each(['initialize', 'shutdown'])('comes although it was closed in the middle of %s', async (method) => {
    const server = new TestClient();
    client = server;
    server.raw(`Content-Length: 500\r\n\r\n{"jsonrpc":"2.0","id":1,"method":"${method}"`);
    server.child.stdin.end();
    expect(typeof (await server.exited)).toBe('number');
  });
});

/** Clock ticks (10 ms) of processor time that a process has used. */
function ticks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

test.skipIf(process.platform !== 'linux')('an idle server does nothing', async () => {
  const server = await started();
  await works(server);
  await server.request('textDocument/diagnostic', { textDocument: { uri } });
  const { pid = 0 } = server.child;
  // What start-up left to collect may still be collected.
  let before = ticks(pid);
  await expect
    .poll(
      () => {
        const now = ticks(pid);
        const used = now - before;
        before = now;
        return used;
      },
      { interval: 1000, timeout: 30_000 },
    )
    .toBe(0);
});
