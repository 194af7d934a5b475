import { stripControls } from '../../text.ts';
import { type Check, checks } from './catalogue.ts';

/**
 * `broken`: something could be done that must not be. `disturbed`: the attempt was stopped, which only the account
 * itself or somebody with more rights can do; it proves nothing. `untried`: there was nothing to try, or no way to.
 */
export type Verdict = 'ok' | 'broken' | 'disturbed' | 'untried';

export interface CheckResult extends Pick<Check, 'id' | 'group' | 'title' | 'kind'> {
  verdict: Verdict;
  /** Single attempts that were made. */
  tried: number;
  /** What could be done, or why nothing was tried; names of files in it are cleaned of control characters. */
  detail: string;
}

const verdicts: readonly string[] = ['ok', 'broken', 'disturbed', 'untried'] satisfies Verdict[];

/**
 * Answers of the checks. Only lines that begin with the nonce count, and each check's first one. Undefined: the end is
 * missing. A check that was asked for and not answered is `disturbed`.
 */
export function parseVerify(text: string, nonce: string, isQuick: boolean): CheckResult[] | undefined {
  const lines = text.split('\n').flatMap((line) => {
    const [mark, ...fields] = line.split('\t');
    return mark === nonce ? [fields] : [];
  });
  if (!lines.some(([id]) => id === 'end')) return undefined;
  return checks
    .filter((check) => !isQuick || check.isSlow !== true)
    .map(({ id, group, title, kind }) => {
      const [, verdict = '', tried = '', detail = ''] = lines.find((fields) => fields[0] === id) ?? [];
      const base = { id, group, title, kind };
      if (!verdicts.includes(verdict)) {
        return { ...base, verdict: 'disturbed', tried: 0, detail: 'the machine said nothing about it' };
      }
      const said = stripControls(Buffer.from(detail, 'hex').toString('utf8'));
      return { ...base, verdict: verdict as Verdict, tried: Number(tried) || 0, detail: said };
    });
}
