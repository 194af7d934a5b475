import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/core/config/model.ts';
import type { EnginePaths } from '../../src/core/engine.ts';
import { sshTarget } from '../../src/core/ssh/target.ts';
import type { Vm } from '../../src/core/vm/model.ts';

const config = { operator: { sshPrivateKey: '/home/me/.ssh/id' } } as Config;
const adopted = {
  id: 'a1',
  name: 'lab',
  adminUser: 'me',
  address: { host: '192.0.2.1', port: 22 },
  hostKeys: [],
  connectTimeoutMs: 0,
  platformData: { identity: '/keys/lab' },
} as unknown as Vm;

describe('how an account of an adopted machine is reached', () => {
  it('by the key of the machine for its admin', () => {
    expect(sshTarget(adopted, config, {} as EnginePaths).identityFile).toBe('/keys/lab');
  });

  it("by the operator's key for agents and workspaces, which know no other", () => {
    expect(sshTarget(adopted, config, {} as EnginePaths, 'agt--ada').identityFile).toBe('/home/me/.ssh/id');
  });
});
