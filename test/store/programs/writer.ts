import { addEvent } from '../../../src/core/store/eventLog.ts';
import { openDatabase } from '../../../src/core/store/open.ts';
import { nodeClock } from '../../../src/node/nodeClock.ts';

/** `writer PATH ID COUNT`: adds COUNT events, and prints the number of each one that was acknowledged. */
const [path = '', id = '', count = '0'] = process.argv.slice(2);
const database = openDatabase({ path, clock: nodeClock, lockWaitMs: 60_000 });
for (let n = 0; n < Number(count); n++) {
  await database.write((w) => {
    addEvent(w, {
      at: '2026-01-02T03:04:05Z',
      kind: 'vm',
      name: `${id}-${n}`,
      vm: undefined,
      event: 'created',
      detail: 'x'.repeat(200),
    });
  });
  process.stdout.write(`${n}\n`);
}
await database.close();
