import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { settings } from '../../../src/extension/ids.ts';
import { editor } from '../../fakes/vscode.ts';
import { openWindow, type Window } from './window.ts';
import { answer, FakeSource, noAnswer, pane, session, smallRecord, startedAt } from './world.ts';

let source: FakeSource;
let window: Window;

const minute = 60_000;
const settle = async (ms = 60): Promise<void> => {
  await vi.advanceTimersByTimeAsync(ms);
};
/** Until the next answers are shown. */
const round = async (): Promise<void> => settle(10_100);
const texts = (): string[] => editor.messages.map((one) => one.text);
const ringing = answer({ 'fix-login': pane({ hasBell: true }), 'new-cart': pane() });
const silent = answer({ 'fix-login': pane(), 'new-cart': pane() });

beforeEach(() => {
  vi.useFakeTimers({ now: startedAt });
  source = new FakeSource();
  window = openWindow(source);
  window.view('sessions').show();
});
afterEach(() => {
  window.close();
  vi.useRealTimers();
});

describe('a session that needs a look', () => {
  it('is told of once per change, with what to do', async () => {
    source.answers.set('alpha', ringing);
    await settle(5 * minute);
    expect(editor.messages).toMatchObject([
      {
        level: 'information',
        text: "Session 'fix-login' in 'shop' needs a look: it rang the bell.",
        actions: ['Attach', 'Peek', 'Snooze'],
      },
    ]);
    source.answers.set('alpha', answer({ 'fix-login': pane({ isDead: true, exitCode: 1 }), 'new-cart': pane() }));
    await settle(5 * minute);
    expect(texts()[1]).toBe("Session 'fix-login' in 'shop' needs a look: it ended with an error.");
    expect(editor.messages[1]?.level).toBe('warning');
    expect(editor.messages).toHaveLength(2);
  });

  it('is not told of again while it comes and goes, until somebody attached', async () => {
    for (const given of [ringing, silent, ringing, silent, ringing]) {
      source.answers.set('alpha', given);
      await round();
    }
    expect(editor.messages).toHaveLength(1);
    source.answers.set('alpha', silent);
    source.patchSession('fix-login', { lastAttachedAt: new Date(Date.now()).toISOString() });
    await round();
    source.answers.set('alpha', ringing);
    await round();
    expect(editor.messages).toHaveLength(2);
  });

  it('is told of after a restart, which makes another server of it', async () => {
    const failed = answer({ 'fix-login': pane({ isDead: true, exitCode: 1 }), 'new-cart': pane() });
    source.answers.set('alpha', failed);
    await round();
    source.patchSession('fix-login', { server: { pid: 99, startTime: '9', bootId: 'boot' } });
    await round();
    expect(editor.messages).toHaveLength(2);
  });

  it('is not told of while somebody is attached to it', async () => {
    source.answers.set(
      'alpha',
      answer({ 'fix-login': pane({ hasBell: true, attachedClients: 1 }), 'new-cart': pane() }),
    );
    await settle(minute);
    expect(editor.messages).toEqual([]);
    expect(window.view('sessions').badge?.value).toBe(1);
  });

  it('is not told of by old news of a machine that gives no answer', async () => {
    source.patchSession('fix-login', { isStopAsked: true });
    source.answers.set('alpha', ringing);
    await round();
    source.answers.set('alpha', noAnswer());
    await round();
    const before = editor.messages.length;
    source.patchSession('fix-login', { server: { pid: 99, startTime: '9', bootId: 'boot' } });
    await round();
    expect(editor.messages).toHaveLength(before);
  });

  it.each([
    ['Attach', 'agentworks.session.attach'],
    ['Peek', 'agentworks.session.peek'],
  ])('opens what is chosen: %s', async (action, command) => {
    editor.answer = (_text, actions) => actions.find((one) => one === action);
    source.answers.set('alpha', ringing);
    await round();
    expect(editor.executed).toEqual([{ command, args: [{ kind: 'session', name: 'fix-login' }] }]);
  });

  it('is left alone for an hour when it is snoozed, and told of again if it still needs a look', async () => {
    editor.answer = (_text, actions) => actions.find((one) => one === 'Snooze');
    source.answers.set('alpha', ringing);
    await round();
    editor.answer = () => undefined;
    source.answers.set('alpha', answer({ 'fix-login': pane({ isDead: true, exitCode: 1 }), 'new-cart': pane() }));
    await settle(59 * minute);
    expect(editor.messages).toHaveLength(1);
    await settle(2 * minute);
    expect(texts()[1]).toContain('it ended with an error');
    await settle(60 * minute);
    expect(editor.messages).toHaveLength(2);
  });

  it('is told of in one message with others when there are many', async () => {
    const bell = pane({ hasBell: true });
    source.answers.set('alpha', answer({ 'fix-login': bell, 'new-cart': bell, third: bell }));
    source.write({ sessions: [...smallRecord.sessions, session('third', 'api')] });
    editor.answer = (_text, actions) => actions.find((one) => one === 'Show');
    await round();
    expect(editor.messages).toMatchObject([
      { text: '3 sessions need a look: fix-login, new-cart, third', actions: ['Show', 'Snooze'] },
    ]);
    expect(editor.executed.at(-1)?.command).toBe('agentworks.sessions.focus');
  });

  it('is told of once over windows and reloads', async () => {
    source.answers.set('alpha', ringing);
    await round();
    expect(editor.messages).toHaveLength(1);
    window.close();
    window = openWindow(source, window.memory);
    window.view('sessions').show();
    await settle(minute);
    expect(editor.messages).toEqual([]);
  });

  it('is not told of when the operator does not want it, and not afterwards either', async () => {
    editor.configure(settings.notifications, false);
    source.answers.set('alpha', ringing);
    await round();
    editor.configure(settings.notifications, true);
    await settle(minute);
    expect(editor.messages).toEqual([]);
  });

  it('is not told of again because the record could not be read for a while', async () => {
    source.answers.set('alpha', ringing);
    await round();
    window.close();
    source.failure = new Error('The disk sleeps.');
    window = openWindow(source, window.memory);
    window.view('sessions').show();
    await round();
    source.failure = undefined;
    await round();
    expect(window.fleet.state.status).toBe('ready');
    expect(editor.messages).toEqual([]);
  });

  it('is forgotten with its row', async () => {
    source.answers.set('alpha', ringing);
    await round();
    source.write({ sessions: smallRecord.sessions.filter((one) => one.name !== 'fix-login') });
    await round();
    expect(JSON.stringify([...window.memory.values()])).not.toContain('fix-login');
  });

  it('has a name that is no link', async () => {
    source.write({ sessions: [session('[run](command:evil)', 'shop')] });
    source.answers.set('alpha', answer({ '[run](command:evil)': pane({ hasBell: true }) }));
    await round();
    expect(texts()[0]).not.toContain('](');
  });
});

describe('a VM with another host key', () => {
  it('is said loudly, once, with the way to compare', async () => {
    editor.answer = (_text, actions) => actions.find((one) => one.startsWith('Compare'));
    source.answers.set('alpha', noAnswer('Another host key.', 'host-key'));
    await settle(30 * minute);
    expect(editor.messages).toHaveLength(1);
    expect(editor.messages[0]).toMatchObject({ level: 'error' });
    expect(texts()[0]).toContain("VM 'alpha' shows another host key");
    expect(editor.executed).toEqual([
      { command: 'agentworks.vm.trust-host-key', args: [{ kind: 'vm', name: 'alpha' }] },
    ]);
    source.answers.delete('alpha');
    await window.fleet.refresh({ isProbed: true });
    source.answers.set('alpha', noAnswer('Another host key.', 'host-key'));
    await settle(30 * minute);
    expect(editor.messages).toHaveLength(2);
  });
});
