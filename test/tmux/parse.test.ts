import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePanes } from '../../src/core/tmux/parse.ts';

const pane = (fields: string[], command = 'claude'): string => [...fields, command].join('|');

describe('panes in a server answer', () => {
  it('reads a running and a dead pane', () => {
    const answer = `${pane(['0', '', '', '', '42', '1700000000', '2', '1'], 'node a|b')}\n${pane(['1', '7', '', '1700000002', '43', '1700000001', '0', '0'])}\n`;
    expect(parsePanes(answer)).toEqual([
      {
        isDead: false,
        exitCode: undefined,
        diedAt: undefined,
        pid: 42,
        command: 'node a|b',
        activityAt: 1_700_000_000,
        attachedClients: 2,
        hasBell: true,
      },
      {
        isDead: true,
        exitCode: 7,
        diedAt: 1_700_000_002,
        pid: 43,
        command: 'claude',
        activityAt: 1_700_000_001,
        attachedClients: 0,
        hasBell: false,
      },
    ]);
  });

  it('reads the end by a signal as 128 and its number', () => {
    expect(parsePanes(pane(['1', '', '9', '', '43', '1', '0', '0']))[0]?.exitCode).toBe(137);
  });

  it('takes anything for an answer without throwing, and keeps it small', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 4000 }), (text) => {
        for (const one of parsePanes(text)) {
          expect(Number.isSafeInteger(one.pid)).toBe(true);
          expect(one.command.length).toBeLessThanOrEqual(256);
        }
      }),
    );
    const line = pane(['0', '', '', '', '1', '1', '0', '0']);
    expect(parsePanes(Array.from({ length: 10_000 }, () => line).join('\n')).length).toBeLessThanOrEqual(64);
  });

  it('keeps free text from passing for other fields', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((text) => !/[\n\r\u2028\u2029]/.test(text)),
        (name) => {
          const [only, ...others] = parsePanes(pane(['0', '', '', '', '42', '99', '0', '0'], name));
          expect(others).toEqual([]);
          expect(only).toMatchObject({ isDead: false, pid: 42, activityAt: 99, command: name.slice(0, 256) });
        },
      ),
    );
  });
});
