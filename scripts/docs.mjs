import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromSource } from './lib/fromSource.mjs';

const root = join(import.meta.dirname, '..');
const isCheck = process.argv.includes('--check');
const { references } = await fromSource(join(root, 'scripts', 'docs', 'references.ts'));

let stale = 0;
for (const [name, text] of Object.entries(references())) {
  const path = join(root, 'docs', 'reference', name);
  const before = await readFile(path, 'utf8').catch(() => undefined);
  if (before === text) continue;
  if (isCheck) {
    stale++;
    console.error(`docs/reference/${name} is not what the code says; run 'npm run docs'.`);
  } else {
    await writeFile(path, text);
    console.log(`docs/reference/${name} written`);
  }
}
process.exitCode = stale > 0 ? 1 : 0;
