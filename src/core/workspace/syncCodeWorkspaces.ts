import { join } from 'node:path';
import type { Engine } from '../engine.ts';
import type { OperationContext } from '../events.ts';
import { marker, planCodeWorkspace, writeCodeWorkspace } from './codeWorkspace.ts';
import type { VmWorkspace } from './model.ts';
import { listWorkspaces } from './rows.ts';

export interface CodeWorkspacesSync {
  folder: string;
  /** One per workspace on a VM; `left`: the present file is no plain JSON. */
  files: { workspace: string; path: string; status: 'written' | 'unchanged' | 'left' }[];
  /** Files of ours whose workspace is gone. */
  removed: string[];
  /** Workspaces whose window opens as the admin. */
  asAdmin: string[];
}

/** Brings the `.code-workspace` files in line with the state. No machine is contacted. */
export async function syncCodeWorkspaces(
  engine: Engine,
  options: { isDryRun: boolean },
  context: OperationContext,
): Promise<CodeWorkspacesSync> {
  const folder = (await engine.config.load()).paths.vscodeWorkspaces;
  const all = await engine.database.read((r) => listWorkspaces(r));
  const workspaces = all.filter((one): one is VmWorkspace => one.type === 'vm' && one.status === 'ready');
  const sync: CodeWorkspacesSync = { folder, files: [], removed: [], asAdmin: [] };
  for (const workspace of workspaces) {
    const { path, previous, text, isOperator } = await planCodeWorkspace(engine, workspace);
    const status = text === undefined ? 'left' : text === previous ? 'unchanged' : 'written';
    if (!isOperator) sync.asAdmin.push(workspace.name);
    if (status !== 'unchanged' && !options.isDryRun) await writeCodeWorkspace(engine, workspace, context);
    sync.files.push({ workspace: workspace.name, path, status });
  }
  const known = new Set(all.map((one) => one.name));
  for (const path of await ownFiles(engine, folder)) {
    if (known.has(path.name)) continue;
    if (!options.isDryRun) await engine.files.remove(path.path);
    sync.removed.push(path.path);
  }
  return sync;
}

/** Files that say themselves which workspace they were written for. */
async function ownFiles(engine: Engine, folder: string): Promise<{ name: string; path: string }[]> {
  if ((await engine.files.info(folder)) === undefined) return [];
  const found: { name: string; path: string }[] = [];
  for (const file of await engine.files.list(folder)) {
    if (!file.endsWith('.code-workspace')) continue;
    const path = join(folder, file);
    const name = markedFor((await engine.files.readText(path)) ?? '');
    if (name !== undefined && file === `${name}.code-workspace`) found.push({ name, path });
  }
  return found;
}

function markedFor(text: string): string | undefined {
  try {
    const { settings } = JSON.parse(text) as { settings?: Record<string, unknown> };
    const name = settings?.[marker];
    return typeof name === 'string' ? name : undefined;
  } catch {
    return undefined;
  }
}
