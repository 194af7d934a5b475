import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as vscode from 'vscode';

export interface ActivationResult {
  /** From asking for it until it is active: loading its code and running it. */
  activateMs: number;
  /** Until everything is registered and drawn that follows by itself. The same for an extension in which nothing follows. */
  wholeMs: number;
  heapBytes: number;
  residentBytes: number;
}

/** Activates one extension in a host that has done nothing else, and measures. */
export async function run(): Promise<void> {
  const { AGENTWORKS_BENCH_EXTENSION: id = '', AGENTWORKS_BENCH_RESULT: path = '' } = process.env;
  const { AGENTWORKS_BENCH_LAST: last = '' } = process.env;
  const extension = vscode.extensions.getExtension(id);
  if (extension === undefined || extension.isActive) throw new Error(`${id} is not there, or active already.`);
  // The window is still busy with itself, and the first activation of a host pays for more than its own.
  await sleep(4000);
  await vscode.extensions.getExtension('vscode.merge-conflict')?.activate();
  const began = performance.now();
  await extension.activate();
  const activateMs = performance.now() - began;
  if (last !== '') await vscode.commands.executeCommand(last);
  const wholeMs = performance.now() - began;
  await sleep(2000);
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, rss } = process.memoryUsage();
  const result: ActivationResult = { activateMs, wholeMs, heapBytes: heapUsed, residentBytes: rss };
  writeFileSync(path, JSON.stringify(result));
}
