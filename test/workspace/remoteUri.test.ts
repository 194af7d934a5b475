import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRemoteUri, remoteUri } from '../../src/core/workspace/remoteUri.ts';

describe('the address of a workspace', () => {
  it('names the alias and the folder', () => {
    expect(remoteUri('awvm--op--shop', '/opt/agentworks/workspaces/shop')).toBe(
      'vscode-remote://ssh-remote+awvm--op--shop/opt/agentworks/workspaces/shop',
    );
  });

  it('says the same when it is read back, whatever is in it', () => {
    const part = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(part, fc.array(part), (alias, parts) => {
        const path = `/${parts.join('/')}`;
        expect(parseRemoteUri(remoteUri(alias, path))).toEqual({ alias, path });
      }),
    );
  });

  it.each([
    'vscode-remote://wsl+debian/home',
    'file:///etc',
    'vscode-remote://ssh-remote+x',
    'vscode-remote://ssh-remote+%/x',
  ])('is none of ours: %s', (uri) => expect(parseRemoteUri(uri)).toBeUndefined());
});
