import type { Engine } from '../../core/engine.ts';
import { contextKeys } from '../ids.ts';

/** How far somebody is who begins; the steps of the walkthrough are ticked off by it. */
export type FirstRunFacts = Record<
  'hasConfig' | 'hasReferenceState' | 'hasVm' | 'hasWorkspace' | 'hasAgent' | 'hasSession',
  boolean
>;

export const keyOf = (fact: keyof FirstRunFacts): string => contextKeys[fact];

/** Looks at files first: before there is a state, nothing is loaded to read one. */
export async function firstRunFacts({ files, paths, database }: Engine): Promise<FirstRunFacts> {
  const isThere = async (path: string): Promise<boolean> => (await files.info(path)) !== undefined;
  const [hasConfig, hasReferenceState, hasState] = await Promise.all(
    [paths.config, paths.referenceState, paths.state].map(isThere),
  );
  const found = { hasConfig: hasConfig === true, hasReferenceState: hasReferenceState === true };
  if (hasState !== true) return { ...found, hasVm: false, hasWorkspace: false, hasAgent: false, hasSession: false };
  const [{ listVms }, { listWorkspaces }, { listAgents }, { listSessions }] = await Promise.all([
    import('../../core/vm/rows.ts'),
    import('../../core/workspace/rows.ts'),
    import('../../core/agent/rows.ts'),
    import('../../core/session/rows.ts'),
  ]);
  return database.read((reader) => ({
    ...found,
    // What is being made, or going, is none to go on with.
    hasVm: listVms(reader).some(({ provisioning }) => provisioning === 'complete'),
    hasWorkspace: listWorkspaces(reader).some(({ status }) => status === 'ready'),
    hasAgent: listAgents(reader).some(({ status }) => status === 'ready'),
    hasSession: listSessions(reader).some(({ status }) => status === 'ready'),
  }));
}
