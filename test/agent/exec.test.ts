import { describe, expect, it } from 'vitest';
import { execScript } from '../../src/core/agent/shell.ts';

describe('agent exec', () => {
  it('says where options stand when one is given behind the name', () => {
    expect(() => execScript('agt--ada', ['--workspace', 'web', 'ls'], undefined)).toThrow(
      /'--workspace' stands behind/,
    );
  });

  it('takes a command behind a divider', () => {
    expect(execScript('agt--ada', ['--', 'ls'], undefined)).toBe(execScript('agt--ada', ['ls'], undefined));
  });
});
