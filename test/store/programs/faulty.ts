import fs, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { addEvent } from '../../../src/core/store/eventLog.ts';
import { openDatabase } from '../../../src/core/store/open.ts';
import { nodeClock } from '../../../src/node/nodeClock.ts';

/**
 * `faulty PATH ID N`: adds one event, and dies by SIGKILL at the N-th call to the file system; in the middle of it where
 * it writes. Prints `saved` when the write was acknowledged, and how many calls there were.
 */
const [path = '', id = '', nth = '0'] = process.argv.slice(2);
let calls = 0;
const isTurn = (): boolean => ++calls === Number(nth);
const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  // The signal takes effect before anything else can happen.
  for (;;);
};

type Call = (...args: never[]) => Promise<unknown>;
const wrap = (target: Record<string, Call>, name: string): void => {
  const real = target[name];
  if (real === undefined) return;
  target[name] = async function (this: unknown, ...args: never[]) {
    if (isTurn()) {
      if (name === 'writeFile' && this !== undefined && this !== fs) {
        const data = Buffer.from(args[0] as unknown as Uint8Array);
        await (this as FileHandle).write(data.subarray(0, Math.floor(data.length / 2)));
      }
      die();
    }
    return real.apply(this, args);
  };
};

const handle = await fs.open(process.execPath, 'r');
const prototype = Object.getPrototypeOf(handle) as Record<string, Call>;
await handle.close();
for (const name of ['open', 'link', 'rename', 'rm', 'readdir', 'readFile', 'mkdir', 'realpath', 'stat', 'writeFile']) {
  wrap(fs as unknown as Record<string, Call>, name);
}
for (const name of ['sync', 'writeFile', 'close', 'read', 'stat']) wrap(prototype, name);
syncBuiltinESMExports();

const database = openDatabase({ path, clock: nodeClock, lockWaitMs: 20_000 });
await database.write((w) => {
  addEvent(w, { at: '2026-01-02T03:04:05Z', kind: 'vm', name: id, vm: undefined, event: 'created', detail: undefined });
});
process.stdout.write('saved\n');
await database.close();
process.stdout.write(`calls ${calls}\n`);
