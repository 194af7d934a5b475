export { attachSession } from './attach.ts';
export { createSession, planCreate, previewCreate } from './create.ts';
export { followLogs, sessionLogs } from './logs.ts';
export { observe } from './observe.ts';
export { removeSession } from './remove.ts';
export { planRestart, restartSession } from './restart.ts';
export { recordStopped, stopOnVm, stopSessionsOf } from './stop.ts';
