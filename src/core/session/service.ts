export { attachSession } from './attach.ts';
export { createSession } from './create.ts';
export { planCreate, previewCreate } from './createPlan.ts';
export { followLogs, sessionLogs } from './logs.ts';
export { observe } from './observe.ts';
export { removeSession } from './remove.ts';
export { planRestart, restartSession } from './restart.ts';
export { recordStopped, stopOnVm, stopSessionsOf } from './stop.ts';
