/** The verbs of a VM. Each loads its own file only when it is called from a front end through this door. */
export { type CreatePlan, type CreateResult, createVm, planCreate } from './create.ts';
export type { CreateVmRequest } from './createRequest.ts';
export {
  areFilesLost,
  type DeleteLoss,
  type DeleteRequest,
  deleteVm,
  findingsOn,
  forceReason,
  lossLines,
  lossOf,
} from './delete.ts';
export { describeVm, type VmDescription } from './describe.ts';
export { diffVm, type VmDiff } from './diff.ts';
export { requireDriver } from './driver.ts';
export { execOnVm } from './exec.ts';
export { type ListedVm, listVmsWithState } from './list.ts';
export { requireVm } from './lookup.ts';
export { forwardPorts } from './portForward.ts';
export { powerOf } from './power.ts';
export { planReinit, type ReinitRequest, reinitVm } from './reinit.ts';
export { shellOnVm } from './shell.ts';
export { type StartResult, startVm } from './start.ts';
export { type StopResult, stopVm } from './stop.ts';
