import type { Files } from '../../ports/files.ts';
import type { BoundFile } from '../bind.ts';

/** Every rule that needs more than one value. Adds to the problems of the file. */
export async function checkConfig(_file: BoundFile, _files: Files): Promise<void> {}
