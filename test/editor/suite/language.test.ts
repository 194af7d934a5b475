import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { commands, schemes } from '../../../src/extension/ids.ts';
import { configLanguage } from '../../../src/extension/language/configFiles.ts';

const uri = vscode.Uri.file(join(homedir(), '.config', 'agentworks', 'config.toml'));

/** Language servers that this extension host started and that run. */
const servers = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return words.includes('lsp') && Number(parent) === process.pid && state !== 'Z';
      } catch {
        return false;
      }
    });

async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const end = Date.now() + 30_000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`Waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const oneServer = (butNot: number[] = []): Promise<number> =>
  until('one server', () => {
    const [pid, ...more] = servers();
    return more.length === 0 && pid !== undefined && !butNot.includes(pid) ? pid : undefined;
  });

const completions = async (document: vscode.TextDocument, position: vscode.Position): Promise<string[]> => {
  const list = await vscode.commands.executeCommand<vscode.CompletionList>(
    'vscode.executeCompletionItemProvider',
    document.uri,
    position,
  );
  return list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
};

const shown = (ends: string): Promise<vscode.TextDocument> =>
  until(ends, () => {
    const document = vscode.window.activeTextEditor?.document;
    return document?.uri.scheme === schemes.config && document.uri.path.endsWith(ends) ? document : undefined;
  });

describe('config.toml', () => {
  let document: vscode.TextDocument;
  const isServed = () =>
    until('a completion', async () => {
      const end = document.lineAt(document.lineCount - 1).range.end;
      return (await completions(document, end)).includes('shell') ? true : undefined;
    });

  const written = readFileSync(uri.fsPath, 'utf8');
  // In a browser's window it is on by default, and nothing would be unsaved for long.
  const saveByItself = (value: string | undefined) =>
    vscode.workspace.getConfiguration('files').update('autoSave', value, vscode.ConfigurationTarget.Global);

  before(async () => {
    await saveByItself('off');
    document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
  });

  after(async () => {
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('workbench.action.files.revert');
    writeFileSync(uri.fsPath, written);
    await saveByItself(undefined);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('is known by its path, and opening it starts one server', async () => {
    assert.equal(document.languageId, configLanguage);
    await oneServer();
  });

  it('is checked and completed while it is edited', async () => {
    const edit = new vscode.WorkspaceEdit();
    const end = document.lineAt(document.lineCount - 1).range.end;
    edit.insert(uri, end, '\n[vm_templates.big]\ninherits = ["default"]\ncpus = "many"\nmem');
    await vscode.workspace.applyEdit(edit);
    const problems = await until('a problem', () => {
      const found = vscode.languages.getDiagnostics(uri).filter(({ message }) => /cpus|number|integer/i.test(message));
      return found.length > 0 ? found : undefined;
    });
    assert.equal(problems[0]?.severity, vscode.DiagnosticSeverity.Error);
    const last = document.lineAt(document.lineCount - 1).range.end;
    await until('a completion', async () =>
      (await completions(document, last)).includes('memory') ? true : undefined,
    );
    assert.equal(servers().length, 1);
  });

  it('says over a template who was made from it, and the lens runs a command that is there', async () => {
    const lens = await until('the lens', async () => {
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 20);
      return lenses.find(({ command }) => command?.title.startsWith('used by 1 VM'));
    });
    assert.equal(lens.command?.command, commands.showUsers);
    const all = await vscode.commands.getCommands(true);
    assert.ok(all.includes(commands.showUsers));
    const [argument] = lens.command?.arguments ?? [];
    assert.deepEqual(
      argument.users.map(({ name }: { name: string }) => name),
      ['box'],
    );
  });

  it('shows effective values, changes and the catalog in documents of the server', async () => {
    await vscode.commands.executeCommand(commands.showEffective, uri.toString(), 'vm', 'big');
    const effective = await shown('/vm/big.toml');
    assert.match(effective.getText(), /It inherits default/);
    await vscode.commands.executeCommand(commands.showCatalog);
    assert.match((await shown('/catalog.toml')).getText(), /github-cli|\[/);
    await vscode.commands.executeCommand(commands.showChanges, uri.toString());
    const changes = await shown('/changes.diff');
    assert.match(changes.getText(), /\+\[vm_templates\.big\]/);
    // It follows the file.
    const edit = new vscode.WorkspaceEdit();
    edit.insert(uri, document.lineAt(document.lineCount - 1).range.end, 'ory = 3\n\n[agent_templates.later]\n');
    await vscode.workspace.applyEdit(edit);
    await until('the other text', () => (changes.getText().includes('agent_templates.later') ? true : undefined));
  });

  it('is served under the language of a TOML extension, too', async () => {
    await vscode.window.showTextDocument(document);
    document = await vscode.languages.setTextDocumentLanguage(document, 'properties');
    const position = document.positionAt(document.getText().indexOf('ssh_public_key') + 3);
    const hovers = await until('a hover', async () => {
      const found = await vscode.commands.executeCommand<vscode.Hover[]>('vscode.executeHoverProvider', uri, position);
      return found.length > 0 ? found : undefined;
    });
    assert.equal(hovers.length, 1);
    document = await vscode.languages.setTextDocumentLanguage(document, configLanguage);
    await oneServer();
  });

  it('has never two servers, however often one is restarted', async () => {
    const before = servers();
    let most = 0;
    const timer = setInterval(() => {
      most = Math.max(most, servers().length);
    }, 10);
    await Promise.all([1, 2, 3, 4, 5].map(() => vscode.commands.executeCommand(commands.restartLanguageServer)));
    clearInterval(timer);
    await oneServer(before);
    assert.equal(most, 1);
    await isServed();
  });

  it('comes back after a crash, and is left alone after many until it is restarted', async () => {
    const seen: number[] = [];
    for (let crash = 1; crash <= 3; crash++) {
      const pid = await oneServer(seen);
      seen.push(pid);
      process.kill(pid, 'SIGKILL');
    }
    const last = await oneServer(seen);
    process.kill(last, 'SIGKILL');
    await until('its end', () => (servers().length === 0 ? true : undefined));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    assert.deepEqual(servers(), []);
    // Documents say so instead of hanging; nothing is started behind the person's back.
    await vscode.commands.executeCommand(commands.showCatalog);
    assert.deepEqual(servers(), []);
    await vscode.commands.executeCommand(commands.restartLanguageServer);
    await oneServer([...seen, last]);
    await isServed();
  });

  it('takes commands with whatever argument', async () => {
    for (const argument of [undefined, null, {}, { uri: 1 }, 'no uri', { users: [null] }]) {
      await vscode.commands.executeCommand(commands.showUsers, argument);
      void vscode.commands.executeCommand(commands.showEffective, argument, argument, argument);
      await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    }
    await vscode.commands.executeCommand('agentworks.config.edit');
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, uri.fsPath);
  });
});

describe('diagnostics', () => {
  it('are copied without names', async () => {
    await vscode.env.clipboard.writeText('nothing yet');
    const done = vscode.commands.executeCommand(commands.copyDiagnostics);
    const text = await until('the clipboard', async () => {
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      const copied = await vscode.env.clipboard.readText();
      return copied.startsWith('## Versions') ? copied : undefined;
    });
    await Promise.race([done, vscode.commands.executeCommand('notifications.clearAll')]);
    assert.match(text, /- VS Code: \d/);
    assert.match(text, /\[ok\] Content: 1 VM, 1 workspace, 1 agent, 1 session/);
    for (const name of ['box', 'site', 'build', homedir()]) assert.ok(!text.includes(name), `${name} in ${text}`);
  });
});

describe('the walkthrough', () => {
  it('opens', async () => {
    await vscode.commands.executeCommand(commands.openWalkthrough);
    // VS Code calls the page of all walkthroughs so.
    const labels = () => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label));
    await until('its tab', () => (labels().some((label) => /Welcome|Walkthrough/.test(label)) ? true : undefined));
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });
});
