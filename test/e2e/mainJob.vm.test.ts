import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestHome, testCache, testHome } from '../vm-harness/home.ts';

const root = join(import.meta.dirname, '..', '..');

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** The job the product exists for, with the bundled CLI, on a VM that it made: nothing is replaced by a double. */
describe('from nothing to an attached session on a real VM', () => {
  let home: TestHome;
  const agw = async (...args: string[]): Promise<Ran> =>
    new Promise((resolve) => {
      const env = {
        PATH: process.env.PATH,
        LANG: 'C.UTF-8',
        TERM: 'xterm',
        HOME: home.directory,
        AGENTWORKS_CACHE: testCache(),
      };
      const child = spawn(process.execPath, [join(root, 'dist', 'agentworks.cjs'), ...args], {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
    });
  const ok = async (...args: string[]): Promise<string> => {
    const ran = await agw(...args);
    if (ran.code !== 0) throw new Error(`agentworks ${args.join(' ')} ended with ${ran.code}:\n${ran.stderr}`);
    return ran.stdout;
  };
  const json = async <T>(...args: string[]): Promise<T> => JSON.parse(await ok(...args, '--json')) as T;

  beforeAll(async () => {
    execFileSync(process.execPath, ['esbuild.mjs'], { cwd: root });
    home = await testHome();
    const source = join(home.directory, 'source');
    await mkdir(source);
    await writeFile(join(source, 'hello.txt'), 'hello from the operator\n');
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', source, '-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args]);
    git('init', '-q', '-b', 'main');
    git('add', '-A');
    git('commit', '-q', '-m', 'first');
    const extra = `
[vm_templates.default]
cpus = 2
memory = 1
disk = 6
swap = 1
mise = false

[admin.config]
shell = "bash"

[workspace_templates.default]
repo = ${JSON.stringify(source)}

[session_templates.default]
command = "cat hello.txt; echo ready; sleep 100000"
`;
    await writeFile(home.engine.paths.config, `${await home.engine.files.readText(home.engine.paths.config)}${extra}`);
  });
  afterAll(async () => {
    await agw('vm', 'delete', 'e2e', '--force', '--yes');
    await home.dispose();
  });

  it('creates the VM, and a second look finds nothing left to do', async () => {
    await ok('vm', 'create', '--name', 'e2e', '--yes');
    expect(await json('vm', 'list')).toMatchObject([{ name: 'e2e', provisioning: 'complete', init: 'complete' }]);
    expect(await ok('vm', 'reinit', 'e2e', '--dry-run')).toContain('Nothing would change');
    expect(await ok('vm', 'exec', 'e2e', `awk 'NR > 1 { print int($3 / 1024 + 0.5) }' /proc/swaps`)).toBe('1024\n');
  });

  it('brings the repository into a workspace, and makes an agent and a session that runs', async () => {
    await ok('workspace', 'create', '--name', 'api', '--vm', 'e2e');
    await ok('agent', 'create', '--name', 'robot', '--vm', 'e2e');
    await ok('session', 'create', '--name', 'job', '--workspace', 'api', '--agent', 'robot');
    expect(await json('session', 'list')).toMatchObject([{ name: 'job', status: 'running', account: 'agt--robot' }]);
    expect(await ok('session', 'logs', 'job')).toContain('hello from the operator\nready');
  });

  it('keeps the agent from the operator’s loopback, other processes, and root', async () => {
    const hits: number[] = [];
    const server = createServer((socket) => {
      hits.push(1);
      socket.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const knock = `timeout 4 bash -c 'exec 3<>/dev/tcp/10.0.2.2/${port}' 2>/dev/null && echo open || echo shut`;
    expect(await ok('agent', 'exec', 'robot', knock)).toBe('shut\n');
    expect(hits).toEqual([]);
    expect(await ok('agent', 'exec', 'robot', 'ps -e -o user= | sort -u')).toBe('agt--robot\n');
    expect((await agw('agent', 'exec', 'robot', 'sudo -n true')).code).not.toBe(0);
    expect((await agw('agent', 'exec', 'robot', 'ls /home/agentworks /home/op--api')).code).not.toBe(0);
    server.close();
  });

  it('attaches and detaches through a real terminal', async () => {
    const socket = join(home.directory, 'tmux');
    const tmux = (...args: string[]): string =>
      execFileSync('tmux', ['-S', socket, '-f', '/dev/null', ...args], { encoding: 'utf8' });
    const command = `HOME=${home.directory} AGENTWORKS_CACHE=${testCache()} ${process.execPath} ${root}/dist/agentworks.cjs session attach job; echo "code=$?"; sleep 60`;
    tmux('new-session', '-d', '-x', '100', '-y', '20', command);
    const screen = async (text: string): Promise<void> => {
      for (let i = 0; i < 240; i++) {
        if (tmux('capture-pane', '-p').includes(text)) return;
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      throw new Error(`The screen never showed ${text}:\n${tmux('capture-pane', '-p')}`);
    };
    try {
      await screen('hello from the operator');
      tmux('send-keys', 'C-b', 'd');
      await screen('code=0');
    } finally {
      tmux('kill-server');
    }
    expect(await json('session', 'list')).toMatchObject([{ name: 'job', status: 'running' }]);
  });

  it('stops, starts and goes on', async () => {
    await ok('vm', 'stop', 'e2e', '--yes');
    expect(await json('session', 'list')).toMatchObject([{ name: 'job', status: 'stopped' }]);
    await ok('vm', 'start', 'e2e');
    await ok('session', 'restart', 'job', '--yes');
    expect(await json('session', 'list')).toMatchObject([{ name: 'job', status: 'running' }]);
    expect(await ok('vm', 'reinit', 'e2e', '--dry-run')).toContain('Nothing would change');
  });

  it('leaves nothing behind', async () => {
    await ok('vm', 'delete', 'e2e', '--force', '--yes');
    expect(await json('vm', 'list')).toEqual([]);
    const folder = join(home.engine.paths.vms);
    expect(existsSync(folder) ? await readdir(folder) : []).toEqual([]);
  });
});
