import { describe, expect, it } from 'vitest';
import { isAppError } from '../../src/core/errors.ts';
import { checkSessionName } from '../../src/core/session/lookup.ts';
import { sessionPlace } from '../../src/core/session/place.ts';
import { sessionCommand } from '../../src/core/session/template.ts';

const template = (patch: object) => ({
  name: 't',
  command: '',
  restartCommand: '',
  description: '',
  env: {},
  ...patch,
});
const names = { session: 's1', workspace: 'shop' };
const problem = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return isAppError(error) ? `${error.code}: ${error.message}` : String(error);
  }
  return 'none';
};

describe('command of a session', () => {
  it('fills the placeholders in command and environment', () => {
    const one = template({ command: 'claude --name {{session_name}}', env: { A: '{{workspace_name}} $b' } });
    expect(sessionCommand(one, names)).toEqual({ text: 'claude --name s1', env: { A: 'shop $b' } });
  });
  it('takes the restart command at a restart, if there is one', () => {
    expect(sessionCommand(template({ command: 'a', restartCommand: 'b' }), names, true).text).toBe('b');
    expect(sessionCommand(template({ command: 'a' }), names, true).text).toBe('a');
  });
  it('leaves braces with blanks alone and refuses unknown words', () => {
    expect(sessionCommand(template({ command: 'echo {{ session_name }}' }), names).text).toBe(
      'echo {{ session_name }}',
    );
    expect(problem(() => sessionCommand(template({ command: 'echo {{nope}}' }), names))).toMatch(
      /^config: .*\{\{nope\}\}/,
    );
    expect(problem(() => sessionCommand(template({ command: '{{constructor}}' }), names))).toMatch(/^config/);
  });
  it('refuses names that no variable can have', () => {
    for (const key of ['1A', 'A-B', 'A B', '', 'A;rm']) {
      expect(problem(() => sessionCommand(template({ env: { [key]: 'x' } }), names))).toMatch(/^config/);
    }
  });
});

describe('names and places', () => {
  it('keeps the names of consoles free', () => {
    expect(problem(() => checkSessionName('vm-console'))).toMatch(/reserved/);
    expect(problem(() => checkSessionName('ws-shop-console'))).toMatch(/reserved/);
    expect(problem(() => checkSessionName('a--b'))).toMatch(/^invalid/);
    expect(problem(() => checkSessionName('console'))).toBe('none');
  });
  it('never makes a socket path that the kernel refuses', () => {
    expect(sessionPlace('agt--a', 'fix').socket).toBe('/run/agentworks/agent-tmux-sockets/agt--a/fix.sock');
    const long = sessionPlace(`agt--${'a'.repeat(27)}`, `${'w'.repeat(30)}--${'t'.repeat(30)}`).socket;
    expect(long.length).toBeLessThanOrEqual(107);
    expect(long).not.toBe(sessionPlace(`agt--${'a'.repeat(27)}`, `${'w'.repeat(30)}--${'u'.repeat(30)}`).socket);
  });
});
