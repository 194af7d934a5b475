import { errorText } from '../../errors.ts';
import type { Files } from '../../ports/files.ts';
import type { BoundFile } from '../bind.ts';
import { type Finding, Problems } from '../problems.ts';
import { checkEntries } from './entries.ts';
import { checkFiles } from './files.ts';
import { checkInherited } from './inherited.ts';
import { checkNames } from './names.ts';
import { checkReferences } from './references.ts';
import { checkSecrets } from './secrets.ts';
import { checkTemplates } from './templates.ts';
import { checkUnused } from './unused.ts';

/** Every rule about more than one value. Adds to the problems of the file. */
export async function checkConfig(file: BoundFile, files: Files): Promise<void> {
  checkBound(file);
  await checkStrictly(file);
  file.problems.list.push(...(await diskFindings(file, files)));
}

/** The rules that need nothing but the text. */
export function checkBound(file: BoundFile): void {
  checkNames(file);
  checkTemplates(file);
  checkInherited(file);
  checkEntries(file);
  checkReferences(file);
  checkUnused(file);
  checkSecrets(file);
}

/** What is wrong with the files of this machine that the text names. Leaves the problems of the file alone. */
export async function diskFindings(file: BoundFile, files: Files): Promise<Finding[]> {
  const problems = new Problems(file.path, file.document.lines);
  await checkFiles({ ...file, problems }, files);
  return problems.list;
}

/** A reader that keeps going must not be the only judge of what is TOML: where it finds nothing, a strict one agrees. */
export async function checkStrictly(file: BoundFile): Promise<void> {
  if (file.problems.has('toml-syntax', 'toml-duplicate')) return;
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
