import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromSource } from './lib/fromSource.mjs';

/** Writes what the code says about the extension into package.json (`contributes`) and package.nls.json. */
const root = join(import.meta.dirname, '..');
const { manifest } = await fromSource(join(root, 'src', 'extension', 'manifest.ts'));
const { contributes, texts } = manifest();

const packagePath = join(root, 'package.json');
const json = (value) => `${JSON.stringify(value, undefined, 2)}\n`;
await writeFile(packagePath, json({ ...JSON.parse(await readFile(packagePath, 'utf8')), contributes }));
await writeFile(join(root, 'package.nls.json'), json(texts));
