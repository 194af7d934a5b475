import type { Ended } from './program.ts';

/** What is wrong with how a command ended and with what it said about it. */
export function complaints(ended: Ended, options: { isJson: boolean }): string[] {
  const found: string[] = [];
  const { stderr, code, signal } = ended;
  // Before it has said or begun anything, a signal ends it as it ends every program.
  if (signal !== undefined && signal !== 'SIGKILL' && `${ended.stdout}${stderr}` !== '')
    found.push(`ended by ${signal} itself`);
  if (/^\s+at .*[:(]\d+/m.test(stderr)) found.push('a stack trace was shown');
  if (/\bundefined\b|\[object Object\]|Internal error/.test(stderr)) found.push('words that mean nothing were shown');
  if (code !== undefined && ![0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 129, 130, 143].includes(code))
    found.push(`exit code ${code}`);
  if (options.isJson) {
    for (const line of stderr.split('\n').filter((one) => one !== '')) {
      try {
        JSON.parse(line);
      } catch {
        // The process may be killed while it writes its last line.
        if (signal !== 'SIGKILL') found.push(`no JSON: ${line.slice(0, 200)}`);
      }
    }
  }
  if (code !== undefined && code !== 0 && code < 128 && stderr.trim() === '') found.push('it failed without a word');
  return found;
}
