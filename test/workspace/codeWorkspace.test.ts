import { describe, expect, it } from 'vitest';
import { codeWorkspaceText } from '../../src/core/workspace/codeWorkspace.ts';

const workspace = { name: 'web', path: '/opt/agentworks/workspaces/web', alias: 'awvm--op--web' };
const uri = 'vscode-remote://ssh-remote+awvm--op--web/opt/agentworks/workspaces/web';

describe('the .code-workspace file', () => {
  it('points at the operator account of the workspace', () => {
    const text = codeWorkspaceText(undefined, workspace) ?? '';
    expect(text.endsWith('}\n')).toBe(true);
    expect(JSON.parse(text)).toEqual({
      folders: [{ uri }],
      remoteAuthority: 'ssh-remote+awvm--op--web',
      settings: { 'agentworks.workspace': 'web' },
    });
  });

  it('keeps what the user added and replaces the entry of the reference', () => {
    const old = {
      folders: [
        { path: '../notes' },
        { uri: 'vscode-remote://ssh-remote+awvm--dev/opt/agentworks/workspaces/web', name: 'Web' },
      ],
      remoteAuthority: 'ssh-remote+awvm--dev',
      settings: { 'editor.tabSize': 3 },
      extensions: { recommendations: ['a.b'] },
      launch: { version: '0.2.0' },
    };
    const next = JSON.parse(codeWorkspaceText(JSON.stringify(old), workspace) ?? '');
    expect(next).toEqual({
      folders: [{ path: '../notes' }, { uri, name: 'Web' }],
      remoteAuthority: 'ssh-remote+awvm--op--web',
      settings: { 'editor.tabSize': 3, 'agentworks.workspace': 'web' },
      extensions: { recommendations: ['a.b'] },
      launch: { version: '0.2.0' },
    });
  });

  it('changes nothing the second time', () => {
    const once = codeWorkspaceText(undefined, workspace);
    expect(codeWorkspaceText(once, workspace)).toBe(once);
  });

  it('encodes the path', () => {
    const text = codeWorkspaceText(undefined, { ...workspace, path: '/srv/a b/ü#?' }) ?? '';
    expect(JSON.parse(text).folders[0].uri).toBe('vscode-remote://ssh-remote+awvm--op--web/srv/a%20b/%C3%BC%23%3F');
  });

  it('leaves a file with comments alone', () => {
    expect(codeWorkspaceText('{ // mine\n "folders": [] }', workspace)).toBeUndefined();
    expect(codeWorkspaceText('[]', workspace)).toBeUndefined();
  });
});
