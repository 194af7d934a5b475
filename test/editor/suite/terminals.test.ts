import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readlinkSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { after, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { commands, extensionId, verbCommand } from '../../../src/extension/ids.ts';

/** Polls; a busy machine takes its time. */
async function until<T>(what: string, probe: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  const end = Date.now() + 45_000;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`Waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const named = (name: string): vscode.Terminal | undefined => vscode.window.terminals.find((one) => one.name === name);
const closing = (terminal: vscode.Terminal): Promise<vscode.TerminalExitStatus | undefined> =>
  new Promise((resolve) => {
    const listening = vscode.window.onDidCloseTerminal((closed) => {
      if (closed !== terminal) return;
      listening.dispose();
      resolve(closed.exitStatus);
    });
  });

async function attachedClients(session: string): Promise<number | null> {
  const extension = vscode.extensions.getExtension(extensionId);
  const program = join(extension?.extensionPath ?? '', 'dist', 'agentworks.cjs');
  const { stdout } = await promisify(execFile)(process.execPath, [program, 'session', 'describe', session, '--json']);
  const { status, attachedClients: clients } = JSON.parse(stdout) as { status: string; attachedClients: number | null };
  // One that has ended has no clients to count, however long one waits.
  assert.equal(status, 'running', stdout);
  return clients;
}

describe('terminals', function () {
  this.timeout(120_000);
  after(() => {
    for (const terminal of vscode.window.terminals) terminal.dispose();
  });

  it('attach to a session once, and close with 0 after a detach', async () => {
    const attach = () =>
      vscode.commands.executeCommand(verbCommand('session.attach'), { kind: 'session', name: 'build' });
    await attach();
    const terminal = await until('the terminal', () => named('build (session)'));
    await until('the attach', async () => (await attachedClients('build')) === 1);
    await attach();
    assert.equal(vscode.window.terminals.filter(({ name }) => name === 'build (session)').length, 1);
    const closed = closing(terminal);
    terminal.sendText('\x02d', false);
    const status = await closed;
    assert.deepEqual([status?.code, status?.reason], [0, vscode.TerminalExitReason.Process]);
    assert.equal(await attachedClients('build'), 0);
  });

  it('say who one is: the admin, the account of a workspace, an agent', async () => {
    const shells = [
      ['vm', 'box', 'box (admin)', 'agentworks'],
      ['workspace', 'site', 'site (workspace)', 'op--site'],
      ['agent', 'ada', 'ada (agent)', 'agt--ada'],
    ] as const;
    for (const [kind, name, title, account] of shells) {
      await vscode.commands.executeCommand(verbCommand(`${kind}.shell`), { kind, name });
      const terminal = await until(title, () => named(title));
      assert.equal((terminal.creationOptions as vscode.TerminalOptions).isTransient, true);
      // What the shell says is not to be read here; its own exit code is.
      const closed = closing(terminal);
      await terminal.processId;
      await until(`${account} leaves`, async () => {
        terminal.sendText(`[ "$(id -un)" = ${account} ] && exit 0`);
        return Promise.race([
          closed.then(() => true),
          new Promise<false>((resolve) => setTimeout(resolve, 2000, false)),
        ]);
      });
      assert.equal((await closed)?.code, 0, title);
    }
  });

  it('of VS Code itself find the bundled command', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'path-'));
    const said = join(folder, 'said');
    const terminal = vscode.window.createTerminal({ name: 'plain', shellPath: '/bin/sh', env: { SAID: said } });
    terminal.sendText('{ command -v agentworks; agw --version; } >"$SAID.part" 2>&1; mv "$SAID.part" "$SAID"');
    await until('the answer', () => existsSync(said));
    const [path = '', version = ''] = readFileSync(said, 'utf8').trim().split('\n');
    assert.match(path, /agentworks\.agentworks\/bin\/agentworks$/);
    const { packageJSON } = vscode.extensions.getExtension(extensionId) ?? {};
    assert.equal(version, `agentworks ${packageJSON.version}`);
    terminal.dispose();
  });

  it('outside find it once it was installed, until it was uninstalled', async () => {
    const link = join(homedir(), '.local', 'bin', 'agentworks');
    void vscode.commands.executeCommand(commands.installInPath);
    await until('the link', () => existsSync(link));
    assert.match(readlinkSync(link), /agentworks\.agentworks\/bin\/agentworks$/);
    void vscode.commands.executeCommand(commands.uninstallFromPath);
    await until('no link', () => !existsSync(link));
  });
});
