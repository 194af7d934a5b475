import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contextKeys } from '../../../src/extension/ids.ts';
import { isInsideManagedVm, registerInside } from '../../../src/extension/trees/inside.ts';
import { editor } from '../../fakes/vscode.ts';
import { openFront } from '../front.ts';

describe('a window inside a VM that we manage', () => {
  beforeEach(() => editor.reset());
  afterEach(() => editor.reset());

  it.each([
    ['an agent', { user: 'agt--ada', isRemote: true, hasMark: true }, true],
    ['an operator account', { user: 'op--shop', isRemote: true, hasMark: false }, true],
    ['an agent that hides our folder', { user: 'agt--ada', isRemote: false, hasMark: false }, true],
    ['its admin, in a remote window', { user: 'agentworks', isRemote: true, hasMark: true }, true],
    ['the operator on an adopted machine of theirs', { user: 'me', isRemote: false, hasMark: true }, false],
    ['the operator on another machine', { user: 'me', isRemote: true, hasMark: false }, false],
  ])('is known: %s', (_who, where, isInside) => {
    expect(isInsideManagedVm(where)).toBe(isInside);
  });

  it('has one view, and commands that say where to go', async () => {
    const commands = [{ command: 'agentworks.vm.create' }, { command: 'agentworks.refresh' }];
    const context = { extension: { packageJSON: { contributes: { commands } } } };
    const front = openFront(context.extension.packageJSON);
    const registered = registerInside(context as never, front);
    expect(editor.contexts.get(contextKeys.isInsideVm)).toBe(true);
    expect(editor.views.size).toBe(0);
    await editor.commands.get('agentworks.vm.create')?.();
    expect(editor.messages[0]?.text).toContain('inside a VM that Agentworks manages');
    registered.dispose();
    await expect(editor.commands.get('agentworks.vm.create')?.()).rejects.toThrow("no 'agentworks.vm.create'");
  });
});
