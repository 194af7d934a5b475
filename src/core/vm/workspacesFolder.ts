import { AppError } from '../errors.ts';

/** Whole trees that the machine, or its package manager, owns; homes are closed to everybody else. */
const forbidden = [
  '/',
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/home',
  '/lib',
  '/proc',
  '/root',
  '/run',
  '/sbin',
  '/sys',
  '/tmp',
  '/usr',
  '/var/tmp',
];

/** Why `paths.vm_workspaces` cannot hold workspaces, or undefined. */
export function workspacesFolderProblem(folder: string): string | undefined {
  if (!folder.startsWith('/')) return 'it must be an absolute path';
  if (folder !== folder.replaceAll(/\/+/g, '/').replace(/(.)\/$/, '$1') || /\/\.{1,2}(\/|$)/.test(folder)) {
    return "it must be written without '//', '.', '..' and a '/' at the end";
  }
  if (/[^A-Za-z0-9._/-]/.test(folder)) return "it may hold letters, digits, '.', '_', '-' and '/' only";
  if (forbidden.includes(folder)) return `${folder} itself belongs to the system`;
  const inside = forbidden.find((each) => each !== '/' && folder.startsWith(`${each}/`));
  return inside === undefined ? undefined : `it must not lie in ${inside}`;
}

/** The folder of all workspaces on a VM; throws `config`. */
export function workspacesFolder(config: { path: string; paths: { vmWorkspaces: string } }): string {
  const folder = config.paths.vmWorkspaces;
  const problem = workspacesFolderProblem(folder);
  if (problem !== undefined) {
    throw new AppError('config', `paths.vm_workspaces ${folder} cannot be used: ${problem}.`, {
      hint: `Correct it in ${config.path}; the default is /opt/agentworks/workspaces.`,
    });
  }
  return folder;
}
