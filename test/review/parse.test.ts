import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChanges } from '../../src/core/review/parse.ts';
import { remarks, repositoryText } from '../../src/core/review/view.ts';

const id = 'a'.repeat(40);
const zero = '0'.repeat(40);
const answer = (...fields: string[]): string => fields.map((one) => `${one}\0`).join('');
const head = ['read', '.', 'main', id, id, '1', 'sha1', ''];
const commit = [id, 'Ann', '1700000000', 'A subject', ''];
const file = ['R', 'new', 'old', '100644', '100755', id, zero, '10', '12', '3', '1'];

describe('the answer about changes', () => {
  it('is a review', () => {
    const found = parseChanges(
      answer(...head, ...commit, './shut', '', '7', '1', ...file, 'unread', 'sub', '4', 'end'),
    );
    expect(found).toMatchObject({
      unread: ['sub'],
      repositories: [
        {
          path: '.',
          branch: 'main',
          ahead: 1,
          commits: [{ author: 'Ann', subject: 'A subject', at: 1_700_000_000 }],
          unreadable: ['shut'],
          total: 7,
          changes: [
            {
              status: 'renamed',
              before: { path: 'old', id, size: 10, kind: 'file' },
              after: { path: 'new', id: undefined, size: 12, kind: 'executable' },
              lines: { added: 3, removed: 1 },
            },
          ],
        },
      ],
    });
    const review = { workspace: 'shop', vm: 'box', repositories: [], unread: [], ...found };
    expect(review.repositories.map((one) => repositoryText('shop', one))).toEqual([
      'shop (main): 1 commit nowhere else, 7 changed files, against aaaaaaaaaa',
    ]);
    expect(remarks(review)).toEqual([
      'Shown: the first 1 of 7 files.',
      'The operator account may not read, so this is not compared: shut',
      'Git cannot read the repository shop/sub.',
    ]);
  });

  it('is none when it is cut anywhere', () => {
    const whole = answer(...head, ...commit, '', '1', '1', ...file, 'end');
    expect(parseChanges(whole)).toBeDefined();
    for (let length = 0; length < whole.length - 1; length++)
      expect(parseChanges(whole.slice(0, length))).toBeUndefined();
  });

  it('never throws and invents nothing, whatever an account makes of it', () => {
    const field = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom(...head, ...file, 'unread', 'end', '', '999999999999'),
    );
    fc.assert(
      fc.property(fc.array(field, { maxLength: 60 }), (fields) => {
        const found = parseChanges(answer(...fields));
        for (const { changes, total } of found?.repositories ?? [])
          expect(total).toBeGreaterThanOrEqual(changes.length);
      }),
    );
  });
});
