import { AppError } from '../errors.ts';
import type { Process } from '../ports/process.ts';
import { type Shell, shells } from './scripts.ts';

const named = (text: string): Shell | undefined => {
  const name = text
    .replace(/^-/, '')
    .replace(/^.*[/\\]/, '')
    .replace(/\.exe$/i, '')
    .toLowerCase();
  if (name === 'pwsh' || name === 'powershell') return 'powershell';
  return shells.find((shell) => shell === name);
};

/** The shell that runs us: our parent process, else the login shell. Throws `usage` when neither is one we know. */
export async function detectShell(process: Process, parentPid: number): Promise<Shell> {
  const [parent = ''] = (await process.commandLineOf(parentPid)) ?? [];
  const found =
    named(parent) ?? named(process.env.SHELL ?? '') ?? (process.platform === 'win32' ? 'powershell' : undefined);
  if (found === undefined) {
    throw new AppError('usage', 'The shell could not be detected.', { hint: `Name one of ${shells.join(', ')}.` });
  }
  return found;
}
