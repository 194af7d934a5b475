import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { commands as table } from '../../../src/core/commands/table.ts';
import { nonInteractiveAsk } from '../../../src/core/nonInteractiveAsk.ts';
import { createAskScope } from '../../../src/extension/adapters/askScope.ts';
import { createEngineHost, type EngineHost } from '../../../src/extension/adapters/engine.ts';
import { type CommandParts, createVerbs, register } from '../../../src/extension/commands/index.ts';
import { settings, verbCommand } from '../../../src/extension/ids.ts';
import type { Parts } from '../../../src/extension/parts.ts';
import { commands, editor, Uri } from '../../fakes/vscode.ts';
import { read } from '../../rules/sources.ts';
import { openFront } from '../front.ts';

let home: string;
let host: EngineHost;
let running: CommandParts;

/** The commands as they are registered in a window, over an engine that its settings lead to a home of its own. */
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'agentworks-register-'));
  editor.reset();
  editor.settings.set(settings.home, home);
  const context = {
    extension: { packageJSON: JSON.parse(read('package.json')) },
    globalStorageUri: Uri.file(join(home, 'storage')),
    globalState: { get: () => undefined },
  } as unknown as Parts['context'];
  const scope = createAskScope(nonInteractiveAsk);
  host = createEngineHost(context, scope.ask);
  const write = (): void => undefined;
  const log = { info: write, error: write, debug: write, show: write } as unknown as Parts['log'];
  const parts = {
    context,
    front: openFront(),
    log,
    engine: host.engine,
    get verbs() {
      return running.verbs;
    },
  } as unknown as Parts;
  running = createVerbs(parts, scope);
  register(parts);
});
afterEach(() => {
  running.dispose();
  host.dispose();
  rmSync(home, { recursive: true, force: true });
});

describe('the commands of a window', () => {
  it('are all verbs of the table', () => {
    expect(table.map(({ id }) => verbCommand(id)).filter((id) => !editor.commands.has(id))).toEqual([]);
  });

  it('show what they print, with the engine of the settings', async () => {
    await commands.executeCommand('agentworks.state.status');
    const [text = ''] = editor.documents.values();
    expect(text).toContain(home);
  });

  it('take whatever they are handed', async () => {
    for (const argument of [undefined, null, 7, 'x', {}, { kind: 'vm' }, { kind: 'vm', name: 'nobody' }, []]) {
      await commands.executeCommand('agentworks.vm.list', argument, argument);
    }
    await commands.executeCommand('agentworks.vm.describe', { kind: 'vm', name: 'nobody' });
    expect(editor.messages.at(-1)).toMatchObject({ level: 'error', text: expect.stringContaining('nobody') });
  });

  it('are done by a feature that takes them over', async () => {
    const seen = vi.fn(async () => undefined);
    const taken = running.verbs.takeOver('vm.describe', seen);
    await commands.executeCommand('agentworks.vm.describe', { kind: 'vm', name: 'dev' });
    expect(seen).toHaveBeenCalledWith({ name: 'dev' });
    taken.dispose();
  });

  it('tell who listens what has been done', async () => {
    const seen: string[] = [];
    running.verbs.onDidRun(({ verb }) => void seen.push(verb));
    await running.verbs.run('state.status', {}, { isQuiet: true });
    await running.verbs.run('vm.describe', { name: 'nobody' });
    expect(seen).toEqual(['state.status']);
  });

  it('leave nothing behind, and say that no secret is kept', async () => {
    await running.resume();
    await commands.executeCommand('agentworks.forgetSecrets');
    expect(editor.messages.map(({ text }) => text)).toEqual(['No secret is stored.']);
    expect(readdirSync(home)).toEqual([]);
  });
});
