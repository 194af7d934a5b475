import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandIo } from '../../src/core/commands/command.ts';
import type { Engine } from '../../src/core/engine.ts';
import { execOnVm, forwardPorts } from '../../src/core/vm/service.ts';
import { testContext } from '../fakes/context.ts';
import { hostEngine } from '../hosts/engine.ts';
import { startHost, type TestHost } from '../hosts/host.ts';

let host: TestHost;
let engine: Engine;
beforeAll(async () => {
  host = await startHost();
  engine = await hostEngine(host, { init: 'complete' });
});
afterAll(async () => {
  await engine?.close();
  await host?.dispose();
});

async function exec(words: string[], options: { stdin?: string; cwd?: string; env?: string[] } = {}) {
  const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  let stdout = '';
  streams.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  streams.stdin.end(options.stdin ?? '');
  const io: CommandIo = { ...testContext(), streams, isJson: false };
  const code = await execOnVm(engine, { vm: 'box', words, cwd: options.cwd, env: options.env ?? [] }, io);
  return { code, stdout };
}

describe.each(['bash', 'zsh', 'fish'])('vm exec with %s as the login shell', (shell) => {
  beforeAll(async () => {
    await host.root(`usermod -s /usr/bin/${shell} agentworks`);
    await engine.machines.close();
  });

  it('passes exit codes through, 255 included', async () => {
    expect((await exec(['exit 7'])).code).toBe(7);
    expect((await exec(['sh', '-c', 'exit 255'])).code).toBe(255);
    expect((await exec(['sh', '-c', 'kill -9 $$'])).code).toBe(137);
  });

  it('streams stdin and stdout, words unchanged', async () => {
    const said = await exec(['--', 'sh', '-c', 'cat; printf "<%s>" "$@"', 'x', 'a b', "it's", '$HOME', ''], {
      stdin: 'in\n',
    });
    expect(said).toEqual({ code: 0, stdout: "in\n<a b><it's><$HOME><>" });
  });

  it('folder and environment', async () => {
    expect((await exec(['sh', '-c', 'pwd; echo "$X"'], { cwd: '/usr/share', env: ["X=a 'b'"] })).stdout).toBe(
      "/usr/share\na 'b'\n",
    );
    expect((await exec(['true'], { cwd: '/nowhere' })).code).toBe(126);
  });
});

it('a forwarded port reaches the machine, and a taken one is named', async () => {
  await host.root('usermod -s /bin/bash agentworks');
  await engine.machines.close();
  const stop = new AbortController();
  const context = testContext(stop.signal);
  const done = forwardPorts(engine, { vm: 'box', specs: ['22022:22'], address: 'localhost' }, context);
  while (context.events.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await expect(
    forwardPorts(engine, { vm: 'box', specs: ['22022:22'], address: 'localhost' }, testContext()),
  ).rejects.toMatchObject({ code: 'busy', message: expect.stringContaining('22022') });
  const { connect } = await import('node:net');
  const banner = await new Promise<string>((resolve, reject) => {
    const socket = connect(22022, '127.0.0.1');
    socket.once('data', (data) => {
      resolve(String(data));
      socket.destroy();
    });
    socket.once('error', reject);
  });
  expect(banner).toMatch(/^SSH-2\.0/);
  stop.abort();
  await done;
});

it('says that the connection is what failed when it is', async () => {
  await engine.machines.close();
  await host.stop();
  await expect(exec(['true'])).rejects.toMatchObject({ code: 'unreachable' });
  await host.start();
});
