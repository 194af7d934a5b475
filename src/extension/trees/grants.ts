import type { Row } from './model.ts';

export interface Grants {
  grants: { agent: string; workspaces: string[] }[];
  /** Sentences: why something that was dropped is left out. */
  refused: string[];
}

/** What a drop asks for. Only what is on record and on one VM can be granted; the verb checks all of it again. */
export function grantsOf(
  agentNames: readonly string[],
  workspaceNames: readonly string[],
  agents: readonly Row[],
  workspaces: readonly Row[],
): Grants {
  const known = (rows: readonly Row[], names: readonly string[]) => rows.filter((row) => names.includes(row.name));
  const refused: string[] = [];
  const grants = known(agents, agentNames).flatMap((agent) => {
    const fitting = known(workspaces, workspaceNames).filter((workspace) => {
      if (workspace.vm === agent.vm) return true;
      const where = workspace.vm === undefined ? 'on your machine' : `on VM '${workspace.vm}'`;
      refused.push(`Workspace '${workspace.name}' is ${where}, agent '${agent.name}' on VM '${agent.vm}'.`);
      return false;
    });
    return fitting.length === 0 ? [] : [{ agent: agent.name, workspaces: fitting.map((one) => one.name) }];
  });
  return { grants, refused };
}
