import { describe, expect, it } from 'vitest';
import { commands } from '../../src/core/commands/table.ts';
import { looks, nameIn, openedFrom, roleOf, wordsFor } from '../../src/extension/terminals/plan.ts';

const words = (verb: string, args: string[], options = {}): string[] => {
  const command = commands.find(({ id }) => id === verb);
  if (command === undefined) throw new Error(verb);
  const plain = { isRestored: false, configFile: '', mayWriteClipboard: false };
  return wordsFor(command, { verb, args }, { ...plain, ...options });
};

describe('a terminal of ours', () => {
  it('comes back after a lost connection, and stays to be read after an error', () => {
    expect(words('session.attach', ['fix'])).toEqual(['session', 'attach', '--reconnect', '--hold', 'fix']);
    expect(words('vm.shell', ['dev'])).toEqual(['vm', 'shell', '--reconnect', '--hold', 'dev']);
  });

  it('runs a command that ends by itself as it is, and stays to be read', () => {
    const args = ['--cwd=/tmp', 'dev', '--', 'ls', '--hold'];
    expect(words('vm.exec', args)).toEqual(['vm', 'exec', ...args]);
    expect(words('vm.exec', ['dev', '--', 'ls'])).toEqual(['vm', 'exec', '--hold', 'dev', '--', 'ls']);
  });

  it('starts no machine when it is brought back', () => {
    expect(words('workspace.shell', ['web'], { isRestored: true })).toContain('--no-start');
    expect(words('agent.shell', ['ada'], { isRestored: true })).toContain('--no-start');
    expect(words('session.attach', ['fix'], { isRestored: true })).not.toContain('--no-start');
    expect(words('workspace.shell', ['web'])).not.toContain('--no-start');
  });

  it('uses the configuration of the window, and the clipboard only where it was let', () => {
    expect(words('vm.shell', ['dev'], { configFile: '/a b/c.toml' })).toContain('--config=/a b/c.toml');
    expect(words('session.attach', ['fix'], { mayWriteClipboard: true })).toContain('--clipboard');
    expect(words('vm.shell', ['dev'], { mayWriteClipboard: true })).not.toContain('--clipboard');
  });

  it('tells which is which', () => {
    const roles = ['session.attach', 'vm.shell', 'workspace.shell', 'agent.shell', 'vm.exec'].map(roleOf);
    expect(roles).toEqual(['session', 'admin', 'workspace', 'agent', 'other']);
    expect(new Set(roles.map((role) => looks[role].icon)).size).toBe(roles.length);
    expect(nameIn(['--read-only', 'fix'])).toBe('fix');
    expect(nameIn(['--cwd=/', 'dev', '--', 'ls'])).toBe('dev');
    expect(nameIn(['x\x1b]0;evil\x07$(alert)'])).not.toMatch(/[\x00-\x1f]|\$\(/);
  });

  it('brings back what it knows, and nothing else that is stored', () => {
    const good = { verb: 'session.attach', args: ['fix'], isActive: true };
    const stored = [
      good,
      { verb: 'vm.exec', args: ['dev', '--', 'reboot'] },
      { verb: 'vm.delete', args: ['dev'] },
      { verb: 'vm.shell', args: 'dev' },
      { verb: 'vm.shell', args: [1] },
      null,
      'x',
    ];
    expect(openedFrom(stored)).toEqual([good]);
    for (const odd of [undefined, null, 'x', {}, 7]) expect(openedFrom(odd)).toEqual([]);
  });
});
