/** The verbs of a workspace. */
export { type CreatedWorkspace, createWorkspace, planWorkspace } from './create.ts';
export { type DeleteOptions, deleteWorkspace, planDelete } from './delete.ts';
export { factsOf, liveState } from './facts.ts';
export { planLocal } from './local.ts';
export { planRepair, repairWorkspace } from './repair.ts';
export type { CreateWorkspaceRequest } from './request.ts';
export { shellInWorkspace } from './shell.ts';
