import { join } from 'node:path';
import type { Engine } from '../engine.ts';
import { errorText } from '../errors.ts';
import type { OperationContext } from '../events.ts';
import { findVm } from '../vm/rows.ts';
import type { VmWorkspace } from './model.ts';
import { hasOperator } from './operator.ts';
import { remoteAuthority, remoteUri } from './remoteUri.ts';

/** Marks a file as ours, so that those of workspaces that are gone can be told from the user's own. */
export const marker = 'agentworks.workspace';

export const codeWorkspacePath = (folder: string, name: string): string => join(folder, `${name}.code-workspace`);

type Json = Record<string, unknown>;
const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

const decoded = (uri: string): string => {
  try {
    return decodeURIComponent(uri);
  } catch {
    return uri;
  }
};

/**
 * The file's text with our folder and `remoteAuthority`; everything else stays as the user has it. `previous` is the
 * present text; undefined when it is not plain JSON (comments), which we cannot rewrite without losing them.
 */
export function codeWorkspaceText(
  previous: string | undefined,
  workspace: { name: string; path: string; alias: string },
): string | undefined {
  let old: unknown = {};
  try {
    old = previous === undefined || previous.trim() === '' ? {} : JSON.parse(previous);
  } catch {
    return undefined;
  }
  if (!isJson(old)) return undefined;
  const authority = remoteAuthority(workspace.alias);
  const uri = remoteUri(workspace.alias, workspace.path);
  const folders = Array.isArray(old.folders) ? (old.folders as unknown[]) : [];
  const oldAuthority = old.remoteAuthority;
  const isOurs = (folder: unknown): folder is Json & { uri: string } => {
    if (!isJson(folder) || typeof folder.uri !== 'string') return false;
    const text = decoded(folder.uri);
    if (!text.startsWith('vscode-remote://ssh-remote+')) return false;
    // Under the same authority the path may have moved; under another one it is the path that tells.
    return (
      text.endsWith(workspace.path) ||
      (isMarked &&
        text.startsWith(`vscode-remote://${decoded(String(oldAuthority))}/`) &&
        text.endsWith(`/${workspace.name}`))
    );
  };
  const settings = isJson(old.settings) ? old.settings : {};
  const isMarked = settings[marker] === workspace.name;
  const at = folders.findIndex(isOurs);
  const entry = { ...(at < 0 ? {} : (folders[at] as Json)), uri };
  const next = at < 0 ? [entry, ...folders] : folders.map((folder, i) => (i === at ? entry : folder));
  const { folders: _, remoteAuthority: __, settings: ___, ...rest } = old;
  return `${JSON.stringify({ folders: next, remoteAuthority: authority, ...rest, settings: { ...settings, [marker]: workspace.name } }, null, 2)}\n`;
}

export interface CodeWorkspacePlan {
  path: string;
  /** Undefined: there is no file yet. */
  previous: string | undefined;
  /** Undefined: the present file is no plain JSON. */
  text: string | undefined;
  /** False: the window opens as the admin, since the operator account is not there yet. */
  isOperator: boolean;
}

/** What the file should be; nothing is written. */
export async function planCodeWorkspace(engine: Engine, workspace: VmWorkspace): Promise<CodeWorkspacePlan> {
  const { operatorAlias, vmAlias } = await import('../ssh/hostEntries.ts');
  const config = await engine.config.load();
  const vm = await engine.database.read((r) => findVm(r, workspace.vmName));
  const isOperator = vm === undefined || hasOperator(vm, workspace.name);
  const alias = isOperator ? operatorAlias(config, workspace.name) : vmAlias(config, workspace.vmName);
  const path = codeWorkspacePath(config.paths.vscodeWorkspaces, workspace.name);
  const previous = await engine.files.readText(path);
  return { path, previous, text: codeWorkspaceText(previous, { ...workspace, alias }), isOperator };
}

/** Writes the file and returns its path. A convenience of the operator's: a failure is a warning. */
export async function writeCodeWorkspace(
  engine: Engine,
  workspace: VmWorkspace,
  context: OperationContext,
): Promise<string | undefined> {
  try {
    const { path, previous, text } = await planCodeWorkspace(engine, workspace);
    if (text === undefined) {
      context.report({
        type: 'warning',
        text: `${path} holds comments or is no JSON; it was left as it is.`,
        hint: 'Remove it and run the command again, or add the folder by hand.',
      });
      return undefined;
    }
    if (text !== previous) await engine.files.write(path, text);
    return path;
  } catch (error) {
    context.report({ type: 'warning', text: `The VS Code workspace file was not written: ${errorText(error)}` });
    return undefined;
  }
}

export async function removeCodeWorkspace(engine: Engine, name: string, context: OperationContext): Promise<void> {
  try {
    const { config } = await engine.config.check();
    if (config !== undefined) await engine.files.remove(codeWorkspacePath(config.paths.vscodeWorkspaces, name));
  } catch (error) {
    context.report({ type: 'warning', text: `The VS Code workspace file was not removed: ${errorText(error)}` });
  }
}
