import type { Engine } from '../engine.ts';
import type { OperationContext } from '../events.ts';
import { codeWorkspacePath, writeCodeWorkspace } from '../workspace/codeWorkspace.ts';
import { listWorkspaces } from '../workspace/rows.ts';

/** `.code-workspace` files name an alias: those that are there follow a changed prefix. None is made. */
export async function followAliases(engine: Engine, context: OperationContext): Promise<void> {
  const { paths } = await engine.config.load();
  const workspaces = await engine.database.read((reader) => listWorkspaces(reader, { type: 'vm' }));
  for (const workspace of workspaces) {
    if (workspace.type !== 'vm' || workspace.status !== 'ready') continue;
    const path = codeWorkspacePath(paths.vscodeWorkspaces, workspace.name);
    if ((await engine.files.info(path)) !== undefined) await writeCodeWorkspace(engine, workspace, context);
  }
}
