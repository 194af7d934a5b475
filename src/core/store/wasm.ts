import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/** SQLite's WebAssembly. The bundle replaces this module by one that holds the bytes. */
export async function loadWasm(): Promise<Uint8Array> {
  return readFile(createRequire(import.meta.url).resolve('sql.js/dist/sql-wasm.wasm'));
}
