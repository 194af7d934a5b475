import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as vscode from 'vscode';

export interface ActivationResult {
  /** From asking for it until it is active, by extension, ms: loading its code and running it. */
  activateMs: Record<string, number>;
  /** Until everything is registered and drawn that follows by itself, ms. */
  wholeMs: Record<string, number>;
  /** Of the host before any of them was activated, and with all of them. */
  before: Memory;
  after: Memory;
}
interface Memory {
  heapBytes: number;
  residentBytes: number;
}

/** Activates extensions one after the other in a host that has done nothing else, and measures. */
export async function run(): Promise<void> {
  const { AGENTWORKS_BENCH_EXTENSIONS: list = '', AGENTWORKS_BENCH_RESULT: path = '' } = process.env;
  /** Extensions in order, each with the command that answers when all of it is there. */
  const candidates = JSON.parse(list) as { id: string; last: string }[];
  // The window is still busy with itself.
  await sleep(6000);
  const before = await memory();
  const result: ActivationResult = { activateMs: {}, wholeMs: {}, before, after: before };
  for (const { id, last } of candidates) {
    const extension = vscode.extensions.getExtension(id);
    if (extension === undefined || extension.isActive) throw new Error(`${id} is not there, or active already.`);
    const began = performance.now();
    await extension.activate();
    result.activateMs[id] = performance.now() - began;
    if (last !== '') await vscode.commands.executeCommand(last);
    result.wholeMs[id] = performance.now() - began;
    await sleep(300);
  }
  result.after = await memory();
  writeFileSync(path, JSON.stringify(result));
}

async function memory(): Promise<Memory> {
  await sleep(1000);
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, rss } = process.memoryUsage();
  return { heapBytes: heapUsed, residentBytes: rss };
}
