import { expect, it } from 'vitest';
import { pathProblem } from '../../src/core/workspace/path.ts';

it.each(['/opt/agentworks/workspaces/web', '/srv/web', '/home/agentworks/work/web'])('%s may be removed', (path) => {
  expect(pathProblem({ path, type: 'vm' })).toBeUndefined();
});

it.each([
  '',
  '/',
  '/opt',
  '/home/me',
  '/etc/x',
  '/usr/local/x',
  '/opt/../etc',
  '/opt//x',
  '/opt/x/',
  'relative/x',
  '/opt/a\nb',
])('%j is never removed', (path) => {
  expect(pathProblem({ path, type: 'vm' })).toBeDefined();
});

it('a folder of the operator may be anywhere but a whole home', () => {
  expect(pathProblem({ path: '/root/workspaces/x', type: 'local' })).toBeUndefined();
  expect(pathProblem({ path: 'C:\\Users\\me\\workspaces\\x', type: 'local' })).toBeUndefined();
  expect(pathProblem({ path: '/home/me', type: 'local' })).toBeDefined();
});
