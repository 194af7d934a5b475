import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { acquireLock } from '../../../src/core/store/lock.ts';

/**
 * `locker LOCK INSIDE ROUNDS CHANCE`: takes the lock again and again, looks whether somebody else that lives is
 * inside too (exit 9), and with CHANCE percent dies by SIGKILL while it holds it.
 */
const [lock = '', inside = '', rounds = '0', chance = '0'] = process.argv.slice(2);
mkdirSync(inside, { recursive: true });

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A zombie waits to be reaped by the test and does nothing any more.
    return !existsSync('/proc/self') || readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.[0] !== 'Z';
  } catch {
    return false;
  }
};
const others = (): string[] =>
  readdirSync(inside).filter((name) => name !== String(process.pid) && isAlive(Number(name)));

for (let round = 0; round < Number(rounds); round++) {
  const held = await acquireLock(lock, { limitMs: 60_000, now: Date.now() });
  const mark = join(inside, String(process.pid));
  writeFileSync(mark, '');
  const before = others();
  await delay(Math.random() * 3);
  const after = others();
  if (before.length + after.length > 0 || !(await held.isHeld())) {
    process.stderr.write(`two owners: ${process.pid} and ${[...before, ...after].join(' ')}\n`);
    process.exit(9);
  }
  if (Math.random() * 100 < Number(chance)) process.kill(process.pid, 'SIGKILL');
  rmSync(mark);
  await held.release();
}
