import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { commands, contextKeys, settings } from '../../../src/extension/ids.ts';
import type { Node } from '../../../src/extension/trees/tree.ts';
import { DataTransfer, DataTransferItem, editor, type MarkdownString, type TreeItem } from '../../fakes/vscode.ts';
import { openWindow, type Window } from './window.ts';
import { agent, answer, FakeSource, noAnswer, pane, session, smallRecord, startedAt, vm, workspace } from './world.ts';

let source: FakeSource;
let window: Window;

beforeEach(() => {
  vi.useFakeTimers({ now: startedAt });
  source = new FakeSource();
  window = openWindow(source);
});
afterEach(() => {
  window.close();
  vi.useRealTimers();
});

const settle = async (ms = 60): Promise<void> => {
  await vi.advanceTimersByTimeAsync(ms);
};
const show = async (): Promise<void> => {
  window.view('sessions').show();
  await settle();
};
const execute = async (command: string, ...args: unknown[]): Promise<void> => {
  await editor.commands.get(command)?.(...args);
};
const nodes = async (kind: Parameters<Window['view']>[0]): Promise<Node[]> =>
  (await window.view(kind).provider.getChildren(undefined)) as Node[];
const itemOf = async (node: Node, kind: Parameters<Window['view']>[0]): Promise<TreeItem & Record<string, unknown>> =>
  (await window.view(kind).provider.getTreeItem(node)) as unknown as TreeItem & Record<string, unknown>;

async function tooltipOf(node: Node, kind: Parameters<Window['view']>[0]): Promise<MarkdownString> {
  const item = await itemOf(node, kind);
  expect(item.tooltip).toBeUndefined();
  const token = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose: () => undefined }) };
  await window.view(kind).provider.resolveTreeItem?.(item as never, node, token as never);
  return item.tooltip as MarkdownString;
}

describe('the trees', () => {
  it('read and ask nothing while no view is seen', async () => {
    await settle(60_000);
    expect({ reads: source.reads, calls: source.calls }).toEqual({ reads: 0, calls: [] });
    expect(editor.contexts.get(contextKeys.fleet)).toBe('loading');
  });

  it('show sessions below their workspace, everything else by name', async () => {
    await show();
    expect(await window.view('sessions').rows()).toEqual([
      'shop | 2 sessions',
      '  fix-login | ada · running',
      '  new-cart | ada · running',
      'site | 1 session',
      '  rewrite | bob · running',
    ]);
    expect(await window.view('vms').rows()).toEqual(['alpha | qemu · running', 'beta | qemu · running']);
    expect(await window.view('workspaces').rows()).toEqual(['api | alpha', 'shop | alpha', 'site | beta']);
    expect(await window.view('agents').rows()).toEqual(['ada | alpha', 'bob | beta']);
    expect(editor.contexts.get(contextKeys.fleet)).toBe('ready');
  });

  it('wait for the record when they are drawn before it is read', async () => {
    const rows = window.view('vms').rows();
    await settle();
    expect(await rows).toEqual(['alpha | qemu · ready', 'beta | qemu · ready']);
  });

  it('group sessions by VM or not at all, as the operator says', async () => {
    await show();
    await execute(commands.groupByVm);
    expect(await window.view('sessions').rows()).toContain('alpha | 2 sessions');
    await execute(commands.ungroup);
    expect(await window.view('sessions').rows()).toEqual([
      'fix-login | shop · ada · running',
      'new-cart | shop · ada · running',
      'rewrite | site · bob · running',
    ]);
    expect(editor.settings.get(settings.groupSessions)).toBe('none');
  });

  it('ask while a view is seen, and no more when none is', async () => {
    await show();
    window.view('vms').show();
    window.view('sessions').show(false);
    await settle(10_000);
    expect(source.asked('alpha')).toBe(2);
    window.view('vms').show(false);
    await settle(60_000);
    expect(source.asked('alpha')).toBe(2);
  });

  it('go on asking in the background only if the operator wants it', async () => {
    editor.configure(settings.watchInBackground, true);
    await settle(30_000);
    expect(source.asked('alpha')).toBe(0);
    await show();
    window.view('sessions').show(false);
    await settle(30_000);
    expect(source.asked('alpha')).toBe(4);
    editor.configure(settings.watchInBackground, false);
    await settle(30_000);
    expect(source.asked('alpha')).toBe(4);
    editor.configure(settings.watchInBackground, true);
    await settle();
    expect(source.asked('alpha')).toBe(5);
  });

  it('draw the smallest part again', async () => {
    await show();
    await window.view('sessions').rows();
    for (const kind of ['vms', 'workspaces', 'agents', 'sessions'] as const) window.view(kind).drawn.length = 0;
    source.answers.set('alpha', answer({ 'fix-login': pane(), 'new-cart': 'gone' }));
    await settle(10_000);
    expect(window.view('sessions').drawn.map((node) => node?.id)).toEqual(['workspace:shop']);
    expect(window.view('vms').drawn).toEqual([]);
    await execute(commands.ungroup);
    window.view('sessions').drawn.length = 0;
    source.answers.set('beta', answer({ rewrite: 'gone' }));
    await settle(10_000);
    expect(window.view('sessions').drawn.map((node) => node?.id)).toEqual(['session:rewrite']);
  });

  it('draw nothing again when nothing is another', async () => {
    await show();
    window.view('sessions').drawn.length = 0;
    await settle(60_000);
    expect(window.view('sessions').drawn).toEqual([]);
  });

  it('keep the element of a thing for as long as it is shown', async () => {
    await show();
    await execute(commands.ungroup);
    const before = await nodes('sessions');
    source.answers.set('alpha', answer({ 'fix-login': 'gone', 'new-cart': pane() }));
    source.write({ sessions: [...smallRecord.sessions, session('one-more', 'api')] });
    await settle();
    const after = await nodes('sessions');
    expect(after.map((node) => node.id)).toEqual([
      'session:fix-login',
      'session:new-cart',
      'session:one-more',
      'session:rewrite',
    ]);
    expect(after[0]).toBe(before[0]);
    expect(after[3]).toBe(before[2]);
  });

  it('give menus what can be done, screen readers a sentence, and icons their colour', async () => {
    await show();
    const [first] = await nodes('vms');
    const item = await itemOf(first as Node, 'vms');
    expect(item.contextValue).toMatch(/^agentworks\.vm created usable running can-stop .*can-delete$/);
    expect(item.accessibilityInformation).toEqual({ label: 'VM, alpha, qemu, running' });
    expect(item.iconPath).toMatchObject({ id: 'vm-running', color: { id: 'testing.iconPassed' } });
    const [group] = await nodes('sessions');
    expect((await itemOf(group as Node, 'sessions')).contextValue).toContain('agentworks.workspace');
  });

  it('look tooltips up when somebody points, with ages and what the machine says of itself', async () => {
    await show();
    const [first] = await nodes('vms');
    await settle(5_000);
    const { value } = await tooltipOf(first as Node, 'vms');
    expect(value).toContain('**alpha&#58; running**');
    expect(value).toContain('memory 1\\.0 GiB of 8\\.0 GiB');
    expect(value).toContain('As of 5 s ago');
  });

  it('let no text of a machine become Markdown, a link, an icon or a second line', async () => {
    const reason = 'no\n[way](command:evil) <img src=https://x.invalid> $(trash) \u001b[31m\u202e';
    source.answers.set('alpha', noAnswer(reason));
    source.answers.set('beta', answer({ rewrite: pane({ command: '**[x](command:evil)**' }) }));
    await show();
    const [alpha] = await nodes('vms');
    const hostile = await tooltipOf(alpha as Node, 'vms');
    expect(hostile.isTrusted).toBeFalsy();
    expect(hostile.supportHtml).toBeFalsy();
    expect(hostile.value).not.toMatch(/\]\(|<img|\$\(|https:|\u001b|\u202e/);
    await execute(commands.ungroup);
    const rewrite = (await nodes('sessions')).find((node) => node.name === 'rewrite');
    expect((await tooltipOf(rewrite as Node, 'sessions')).value).toContain('Runs \\*\\*');
  });

  it('let no name of an imported row be more than a line of text', async () => {
    source.write({
      vms: [vm('al\u001b[31mpha\n$(trash)\u202e'), vm('beta')],
      workspaces: [],
      agents: [],
      sessions: [],
    });
    await show();
    const item = await itemOf((await nodes('vms'))[0] as Node, 'vms');
    const shown = [item.label, item.description, (item.accessibilityInformation as { label: string }).label];
    expect(shown.join('')).not.toMatch(/[\u0000-\u001f\u202e]|\$\(/);
    expect(item.label).toBe('alpha $ (trash)');
  });

  it('filter while one types, say how many are left, and go back on escape', async () => {
    await show();
    await execute(commands.filter);
    const input = editor.inputs.at(-1);
    input?.type('ADA cart');
    expect(await window.view('sessions').rows()).toEqual(['shop | 1 session', '  new-cart | ada · running']);
    expect(await window.view('vms').rows()).toEqual([]);
    expect(window.view('sessions').message).toBe('1 of 3 have "ADA cart"');
    expect(editor.contexts.get(contextKeys.isFiltered)).toBe(true);
    input?.hide();
    expect((await window.view('sessions').rows()).length).toBe(5);
    await execute(commands.filter);
    editor.inputs.at(-1)?.type('beta');
    editor.inputs.at(-1)?.accept();
    expect(await window.view('workspaces').rows()).toEqual(['site | beta']);
    await execute(commands.clearFilter);
    expect(await window.view('workspaces').rows()).toHaveLength(3);
    expect(editor.contexts.get(contextKeys.isFiltered)).toBe(false);
  });

  it('have screens of their own for empty, unreadable and silent', async () => {
    source.write({ vms: [], workspaces: [], agents: [], grants: [], sessions: [], operations: [] });
    await show();
    expect(editor.contexts.get(contextKeys.fleet)).toBe('empty');
    expect(window.view('sessions').message).toBe('');
    source.write(smallRecord);
    source.answers.set('alpha', noAnswer());
    source.answers.set('beta', noAnswer());
    await settle();
    expect(editor.contexts.get(contextKeys.fleet)).toBe('unreachable');
    expect(editor.contexts.get(contextKeys.hasUnanswering)).toBe(true);
    expect(window.view('vms').message).toBe('No VM answers; the rows of all views are what was last known.');
    expect(window.view('sessions').message).toBe('');
    source.failure = new AppError('state', 'The state file is damaged.');
    source.write({});
    await settle();
    expect(editor.contexts.get(contextKeys.fleet)).toBe('error');
    expect(window.view('vms').message).toContain('The state file is damaged.');
    expect(await window.view('vms').rows()).toHaveLength(2);
  });

  it('grey what is only last known, and mark what needs a look', async () => {
    source.answers.set('beta', answer({ rewrite: pane({ hasBell: true }) }));
    await show();
    const decoration = async (id: string) => {
      const provider = editor.decorations[0];
      const all = [...(await nodes('sessions')), ...(await nodes('agents'))].flatMap((node) => [
        node,
        ...(node.children ?? []),
      ]);
      const item = await itemOf(all.find((node) => node.id === id) as Node, 'sessions');
      return provider?.provideFileDecoration(item.resourceUri as never, {} as never);
    };
    expect(await decoration('session:rewrite')).toMatchObject({ badge: '!' });
    expect(await decoration('session:fix-login')).toBeUndefined();
    const fired: string[] = [];
    editor.decorations[0]?.onDidChangeFileDecorations?.((uris) => {
      for (const uri of [uris ?? []].flat()) fired.push(uri.path);
    });
    source.answers.set('alpha', noAnswer());
    await settle(10_000);
    expect(await decoration('session:fix-login')).toMatchObject({ color: { id: 'disabledForeground' } });
    expect(fired.sort()).toEqual([
      '/agent/ada',
      '/session/fix-login',
      '/session/new-cart',
      '/vm/alpha',
      '/workspace/api',
      '/workspace/shop',
    ]);
  });

  it('count on the badge and in the status bar what needs a look', async () => {
    const [status] = editor.statusBar;
    expect(status).toMatchObject({ isShown: true, text: '$(vm) Agentworks' });
    source.answers.set(
      'alpha',
      answer({ 'fix-login': pane({ hasBell: true }), 'new-cart': pane({ isDead: true, exitCode: 1 }) }),
    );
    await show();
    expect(window.view('sessions').badge).toEqual({ value: 2, tooltip: '2 sessions need a look' });
    expect(status?.text).toBe('$(bell-dot) 2');
    await execute(commands.showStatus);
    expect(editor.executed.at(-1)?.command).toBe('agentworks.sessions.focus');
    source.answers.delete('alpha');
    await settle(10_000);
    expect(window.view('sessions').badge).toBeUndefined();
    expect(status?.text).toBe('$(vm) Agentworks');
  });

  it('show the row of what was just created', async () => {
    await show();
    source.write({ agents: [...smallRecord.agents, agent('eve', 'beta')] });
    window.done('agent.create', {}, { type: 'message', text: '', data: { name: 'eve' } });
    await settle();
    const [revealed] = window.view('agents').revealed;
    expect(revealed).toMatchObject({ element: { id: 'agent:eve' }, options: { select: true, focus: false } });
    window.done(
      'workspace.create',
      { name: 'api' },
      { type: 'message', text: '', data: { workspace: { name: 'api' } } },
    );
    window.done('session.create', { name: 'fix-login', dryRun: true }, { type: 'message', text: '' });
    await settle();
    expect(window.view('workspaces').revealed).toHaveLength(1);
    expect(window.view('sessions').revealed).toHaveLength(0);
  });

  it('show a row that the filter hid when it is to be shown', async () => {
    await show();
    await execute(commands.filter);
    editor.inputs.at(-1)?.type('nothing-has-this');
    editor.inputs.at(-1)?.accept();
    await execute('agentworks.reveal', { kind: 'session', name: 'rewrite' });
    expect(window.view('sessions').revealed).toMatchObject([{ element: { id: 'session:rewrite' } }]);
    await execute('agentworks.reveal', { kind: 'session', name: 'no-such' });
    await execute('agentworks.reveal', undefined);
    expect(window.view('sessions').revealed).toHaveLength(1);
  });

  it('refresh on demand, also machines that are not due', async () => {
    await show();
    await Promise.all([execute(commands.refresh), settle()]);
    expect(source.asked('alpha')).toBe(2);
  });

  it('say which VM gives no answer and why, with what can be done', async () => {
    await execute(commands.showUnanswering);
    expect(editor.messages.at(-1)?.text).toBe('Every VM that was asked answers.');
    source.answers.set('alpha', noAnswer('Another host key.', 'host-key'));
    await show();
    const offered: (readonly string[])[] = [];
    editor.answer = (_title, choices) => {
      offered.push(choices);
      return choices.find((one) => one === 'alpha' || one.startsWith('Compare and trust'));
    };
    await execute(commands.showUnanswering);
    expect(offered[0]).toEqual(['Ask again', 'alpha']);
    expect(editor.executed.at(-1)).toEqual({
      command: 'agentworks.vm.trust-host-key',
      args: [{ kind: 'vm', name: 'alpha' }],
    });
  });

  it('hold themselves when a thing is gone while a command runs on it', async () => {
    await show();
    const [group] = await nodes('sessions');
    source.write({
      vms: [vm('beta')],
      workspaces: [workspace('site', 'beta')],
      agents: [],
      grants: [],
      sessions: [],
      operations: [],
    });
    await settle();
    expect(await window.view('sessions').rows()).toEqual([]);
    expect((await itemOf(group as Node, 'sessions')).label).toBe('shop');
    expect(window.errors).toEqual([]);
  });

  it('leave no timer and no watcher behind', async () => {
    await show();
    window.close();
    expect(vi.getTimerCount()).toBe(0);
    expect(source.isWatched).toBe(false);
    expect(window.view('sessions').isDisposed).toBe(true);
    expect(editor.commands.size).toBe(0);
  });
});

describe('dragging', () => {
  const drop = async (from: 'agents' | 'workspaces', names: readonly string[], to: string): Promise<void> => {
    const other = from === 'agents' ? 'workspaces' : 'agents';
    const data = new DataTransfer();
    const controller = window.view(from).options.dragAndDropController;
    // As VS Code does before it asks for the names.
    for (const type of controller?.dragMimeTypes ?? []) data.set(type, new DataTransferItem(''));
    const dragged = (await nodes(from)).filter((node) => names.includes(node.name));
    const target = (await nodes(other)).find((node) => node.name === to);
    await controller?.handleDrag?.(dragged, data as never, {} as never);
    await window.view(other).options.dragAndDropController?.handleDrop?.(target, data as never, {} as never);
  };

  it('an agent onto a workspace grants it, after a question', async () => {
    await show();
    editor.answer = (_text, [yes]) => yes;
    await drop('agents', ['ada'], 'api');
    expect(editor.messages[0]).toMatchObject({ text: "Let agent 'ada' into 'api'?", options: { modal: true } });
    expect(window.ran).toEqual([
      {
        verb: 'agent.workspace-grants.grant',
        values: { name: 'ada', workspaces: ['api'] },
        options: { isQuiet: true },
      },
    ]);
  });

  it('shows the plan first where that is wanted, and leaves the question to the verb', async () => {
    await show();
    editor.answer = (_text, [, plan]) => plan;
    await drop('agents', ['ada'], 'api');
    expect(window.ran).toMatchObject([{ values: { name: 'ada' }, options: { isQuiet: false } }]);
  });

  it('grants nothing without a yes', async () => {
    await show();
    await drop('agents', ['ada'], 'api');
    expect(editor.messages).toHaveLength(1);
    expect(window.ran).toEqual([]);
  });

  it('workspaces onto an agent grants those on its VM, and says why not the others', async () => {
    await show();
    editor.answer = (_text, [yes]) => yes;
    await drop('workspaces', ['api', 'site'], 'ada');
    expect(editor.messages[0]?.text).toBe("Workspace 'site' is on VM 'beta', agent 'ada' on VM 'alpha'.");
    expect(window.ran).toEqual([
      {
        verb: 'agent.workspace-grants.grant',
        values: { name: 'ada', workspaces: ['api'] },
        options: { isQuiet: true },
      },
    ]);
  });

  it('takes nothing that is no name of ours', async () => {
    await show();
    editor.answer = (_text, [yes]) => yes;
    const controller = window.view('workspaces').options.dragAndDropController;
    const target = (await nodes('workspaces'))[0];
    for (const text of ['', '{', '[1, null]', '["no-such-agent"]']) {
      const data = new DataTransfer();
      for (const type of controller?.dropMimeTypes ?? []) data.set(type, new DataTransferItem(text));
      await controller?.handleDrop?.(target, data as never, {} as never);
    }
    await controller?.handleDrop?.(undefined, new DataTransfer() as never, {} as never);
    expect({ ran: window.ran, messages: editor.messages }).toEqual({ ran: [], messages: [] });
  });
});
