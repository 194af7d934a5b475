import type { Command } from '../../core/commands/command.ts';
import type { AppError, ErrorCode } from '../../core/errors.ts';
import type { Values } from '../parts.ts';
import { keyOf } from './subject.ts';

/** What can be done about an error with one click. */
export type ErrorAction =
  | { type: 'verb'; verb: string; values: Values }
  /** The same verb again, perhaps with more said. */
  | { type: 'again'; values: Values }
  | { type: 'force'; values: Values };

/** Errors that may not come a second time. */
const passing: readonly ErrorCode[] = ['busy', 'unreachable', 'connection-lost', 'timeout', 'partial', 'disk-full'];

const looksAtMachine: readonly ErrorCode[] = ['missing-tool', 'auth', 'platform'];

/** The command that a hint names (`agentworks vm reinit dev`), with the names in it. */
function namedVerb(text: string, commands: readonly Command[]): ErrorAction | undefined {
  for (const [, line = ''] of text.matchAll(/\bagentworks ([a-z][a-z-]*(?: [^\s;,]+)*)/g)) {
    const words = line.split(' ');
    const named = commands
      .filter(({ id }) => id.split('.').every((word, index) => words[index]?.replace(/[.:]$/, '') === word))
      .sort((a, b) => b.id.length - a.id.length)[0];
    if (named === undefined || named.isForPrograms === true) continue;
    const [first] = named.params;
    const name = words[named.id.split('.').length]?.replace(/[.:)]+$/, '');
    // `NAME` in a hint stands for any.
    const isName = name !== undefined && /^[a-z0-9][a-z0-9_-]*$/.test(name) && first?.position === 'argument';
    return { type: 'verb', verb: named.id, values: isName && first !== undefined ? { [keyOf(first)]: name } : {} };
  }
  return undefined;
}

/** At most three, the most likely first. */
export function errorActions(
  error: AppError,
  command: Command,
  values: Values,
  commands: readonly Command[],
): ErrorAction[] {
  const text = `${error.hint ?? ''}\n${error.message}`;
  const actions: ErrorAction[] = [];
  const canForce = command.params.some(({ name }) => name === 'force') && values.force !== true;
  if (error.code === 'refused' && canForce && text.includes('--force')) {
    actions.push({ type: 'force', values: { ...values, force: true } });
  }
  if (error.code === 'config') actions.push({ type: 'verb', verb: 'config.edit', values: {} });
  const named = namedVerb(text, commands);
  const isSame = named?.type === 'verb' && named.verb === command.id;
  if (named !== undefined && !isSame) actions.push(named);
  if (looksAtMachine.includes(error.code)) actions.push({ type: 'verb', verb: 'doctor', values: {} });
  if (passing.includes(error.code) || isSame) actions.push({ type: 'again', values });
  return actions.slice(0, 3);
}

/**
 * What a window says of it: the path of the log has a button there, and so has what a terminal would do with `--force`, if
 * `forceButton` is its name.
 */
export function textInWindow({ message, hint = '', data }: AppError, forceButton: string | undefined): string {
  const next = hint.replace(`See the log: ${data?.log}`, '').replace(`Log: ${data?.log}`, '').trim();
  const text = next === '' ? message : `${message}\n${next}`;
  if (forceButton === undefined) return text;
  return text.replace(/\b([Aa])dd --force\b/, (_, first) => `${first === 'A' ? 'C' : 'c'}hoose '${forceButton}'`);
}
