import type { Engine } from '../../engine.ts';
import type { Located } from '../../session/lookup.ts';
import { usage } from './params.ts';

export interface Filter {
  workspace: string | undefined;
  vm: string | undefined;
  agent: string | undefined;
}

/** Sessions by workspace, then name, with workspace and VM. A filter that names nothing is an error, not an empty list. */
export async function selectSessions(engine: Engine, filter: Filter): Promise<Located[]> {
  const [{ listSessions }, { listWorkspaces }, { listVms }] = await Promise.all([
    import('../../session/rows.ts'),
    import('../../workspace/rows.ts'),
    import('../../vm/rows.ts'),
  ]);
  if (filter.workspace !== undefined) {
    const { requireWorkspace } = await import('../../workspace/lookup.ts');
    await requireWorkspace(engine, filter.workspace);
  }
  if (filter.vm !== undefined) {
    const { requireVm } = await import('../../vm/lookup.ts');
    await requireVm(engine, filter.vm);
  }
  if (filter.agent !== undefined) {
    const { requireAgent } = await import('../../agent/lookup.ts');
    await requireAgent(engine, filter.agent);
  }
  return engine.database.read((r) => {
    const vms = new Map(listVms(r).map((vm) => [vm.name, vm]));
    const workspaces = new Map(listWorkspaces(r, { type: 'vm' }).map((one) => [one.name, one]));
    return listSessions(r)
      .flatMap((session): Located[] => {
        const workspace = workspaces.get(session.workspaceName);
        const vm = workspace?.type === 'vm' ? vms.get(workspace.vmName) : undefined;
        return workspace?.type === 'vm' && vm !== undefined ? [{ session, workspace, vm }] : [];
      })
      .filter(
        ({ session, vm }) =>
          (filter.workspace === undefined || session.workspaceName === filter.workspace) &&
          (filter.vm === undefined || vm.name === filter.vm) &&
          (filter.agent === undefined || session.agentName === filter.agent),
      )
      .sort(
        (a, b) =>
          a.session.workspaceName.localeCompare(b.session.workspaceName) ||
          a.session.name.localeCompare(b.session.name),
      );
  });
}

/** Rules of verbs that take one name or a batch flag; `known` are those of the verb. */
export function checkTarget(
  name: string | undefined,
  batch: readonly string[],
  filters: readonly (string | undefined)[],
  known: readonly string[],
): void {
  const either = known.map((flag) => `--${flag}`).join(' or ');
  const flags = batch.map((flag) => `--${flag}`);
  if (flags.length > 1) throw usage(`${flags.join(' and ')} exclude each other.`);
  const [flag] = flags;
  if (name !== undefined && flag !== undefined) throw usage(`Give a session or ${flag}, not both.`);
  if (name === undefined && flag === undefined) throw usage(`Name a session, or use ${either}.`);
  if (flag === undefined && filters.some((filter) => filter !== undefined)) {
    throw usage(`--vm and --workspace need ${either}.`);
  }
}
