import type { Workspace } from './model.ts';

const system = /^\/(?:bin|boot|dev|etc|lib[^/]*|proc|run|sbin|sys|usr)(?:\/|$)/;

/** Why a folder is too precious, or its name too strange, to be removed as a whole; undefined when it may be. */
export function pathProblem({ path, type }: Pick<Workspace, 'path' | 'type'>): string | undefined {
  if (type === 'local' && /^[A-Za-z]:[\\/]/.test(path)) return undefined;
  if (!path.startsWith('/')) return 'its path is not absolute';
  if (/\/\.{0,2}(\/|$)/.test(path)) return "its path holds '//', '.' or '..'";
  if (/[\u0000-\u001f]/.test(path)) return 'its path holds control characters';
  if (path.split('/').length < 3) return 'it is a top-level folder';
  if (/^\/(?:home|Users)\/[^/]+$/.test(path)) return 'it is a whole home';
  return type === 'vm' && system.test(path) ? 'it belongs to the system' : undefined;
}
