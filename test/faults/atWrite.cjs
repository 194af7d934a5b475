// Preloaded into the CLI under test: does something to the process at the n-th write of its state file, right before or
// right after the new file takes the place of the old one. `count` only tells how many writes there were.
const fs = require('node:fs/promises');
const { appendFileSync, writeFileSync } = require('node:fs');

const [edge, index, signal] = (process.env.FAULT_AT_WRITE ?? '').split(':');
const rename = fs.rename;
let writes = 0;
const strike = async () => {
  writeFileSync(process.env.FAULT_MARK, '');
  process.kill(process.pid, signal);
  // A signal that the program handles itself arrives while the write goes on.
  await new Promise((resolve) => setTimeout(resolve, 20));
};

fs.rename = async (from, to) => {
  if (!String(to).endsWith('/state.db')) return rename(from, to);
  writes++;
  if (edge === 'count') appendFileSync(process.env.FAULT_MARK, 'w');
  if (edge === 'before' && writes === Number(index)) await strike();
  await rename(from, to);
  if (edge === 'after' && writes === Number(index)) await strike();
};
