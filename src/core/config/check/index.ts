import { errorText } from '../../errors.ts';
import type { Files } from '../../ports/files.ts';
import type { BoundFile } from '../bind.ts';
import { checkEntries } from './entries.ts';
import { checkFiles } from './files.ts';
import { checkNames } from './names.ts';
import { checkReferences } from './references.ts';
import { checkTemplates } from './templates.ts';

/** Every rule about more than one value. Adds to the problems of the file. */
export async function checkConfig(file: BoundFile, files: Files): Promise<void> {
  checkBound(file);
  await checkFiles(file, files);
  await crossCheck(file);
}

/** The rules that need nothing but the text. */
export function checkBound(file: BoundFile): void {
  checkNames(file);
  checkTemplates(file);
  checkEntries(file);
  checkReferences(file);
}

/** A reader that keeps going must not be the only judge of what is TOML: where it finds nothing, a strict one agrees. */
async function crossCheck(file: BoundFile): Promise<void> {
  if (file.problems.list.some((problem) => problem.code === 'toml-syntax' || problem.code === 'toml-duplicate')) return;
  const { parse } = await import('smol-toml');
  try {
    parse(file.document.text.replace(/^\ufeff/, ''), { integersAsBigInt: 'asNeeded' });
  } catch (error) {
    const line = (error as { line?: unknown }).line;
    const start = file.document.lines.offsetOf(typeof line === 'number' ? line : 1);
    file.problems.error(
      'toml-syntax',
      { start, end: start },
      [],
      errorText(error).split('\n')[0] ?? 'This is not TOML',
    );
  }
}
