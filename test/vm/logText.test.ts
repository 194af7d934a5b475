import { expect, it } from 'vitest';
import { readableLog } from '../../src/core/vm/logText.ts';

it('vm logs is for people: times and sentences instead of JSON', () => {
  const entry = (kind: string, text: string, facts = {}): string =>
    JSON.stringify({ at: '2026-01-02T03:04:05.678Z', kind, text, ...facts });
  const log = [
    entry('start', 'Initialize VM dev'),
    entry('step', 'Install packages', { as: 'root' }),
    entry('output', 'one\ntwo\u001b[31m\n'),
    entry('note', 'changed', { elapsedMs: 1234 }),
    entry('end', 'complete'),
    'a line of the reference',
    '{"torn',
    '',
  ];
  expect(readableLog(log.join('\n'))).toBe(
    [
      '03:04:05  Initialize VM dev',
      '03:04:05  Install packages  (as root)',
      '03:04:05    | one',
      '              two',
      '03:04:05    changed in 1.2 s',
      '03:04:05  End: complete',
      'a line of the reference',
      '{"torn',
      '',
    ].join('\n'),
  );
});
