import { describe, expect, it } from 'vitest';
import { vmRow, vmView } from '../../src/core/vm/view.ts';
import { vm } from './fixtures.ts';

const none = { workspaces: 0, agents: 0, sessions: 0 };

describe('how a VM is shown', () => {
  it('running and ready', () => {
    const view = vmView(vm(), { status: 'running' }, { workspaces: 1, agents: 2, sessions: 0 });
    expect(view).toMatchObject({ label: 'box', detail: 'qemu · running', icon: 'vm-running', tone: 'good' });
    expect(view.tooltip).toContain('1 workspace, 2 agents, 0 sessions');
    const inside = ['shell', 'exec', 'port-forward', 'workspace', 'agent'];
    expect(view.verbs).toEqual(['stop', 'reinit', 'diff', ...inside, 'delete']);
  });

  it('stopped: only what can be done then', () => {
    expect(vmView(vm(), { status: 'stopped' }, none).verbs).toEqual([
      ...['start', 'reinit', 'diff', 'workspace', 'agent', 'delete'],
    ]);
  });

  it('a failed creation offers to go on; a tombstone only to finish', () => {
    expect(vmView(vm({ provisioning: 'failed' }), undefined, none)).toMatchObject({
      tone: 'bad',
      verbs: ['create', 'delete'],
    });
    expect(vmView(vm({ provisioning: 'deleting' }), undefined, none).verbs).toEqual(['delete']);
  });

  it('a failed initialization can still be stopped, opened and initialized again', () => {
    const { verbs } = vmView(vm({ init: 'failed' }), { status: 'running' }, none);
    expect(verbs).toEqual(expect.arrayContaining(['stop', 'shell', 'reinit']));
  });

  it('says why the state is not known', () => {
    const power = { status: 'unknown', reason: 'no answer within 4 s' } as const;
    expect(vmView(vm(), power, none).tooltip).toContain('no answer within 4 s');
    expect(vmRow({ vm: vm(), counts: none, power }).power).toMatchObject({ text: 'unknown: no answer within 4 s' });
  });

  it('an adopted host is never stopped by us, and shows refused changes', () => {
    const view = vmView(
      vm({ origin: 'adopted', platformData: { hostChanges: 'refused' } }),
      { status: 'running' },
      none,
    );
    expect(view.verbs).not.toContain('stop');
    expect(view.tags).toContain('host-changes-refused');
  });
});
