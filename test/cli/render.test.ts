import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { renderError } from '../../src/cli/render/error.ts';
import { renderJson, renderJsonError } from '../../src/cli/render/json.ts';
import type { Output } from '../../src/core/commands/output.ts';
import { AppError } from '../../src/core/errors.ts';
import type { EngineEvent } from '../../src/core/events.ts';
import { progressRenderer } from '../../src/core/render/progress.ts';
import { coloured, plain, styleFor } from '../../src/core/render/style.ts';
import { renderTable } from '../../src/core/render/table.ts';
import { renderText } from '../../src/core/render/text.ts';

const columns = [
  { key: 'name', title: 'NAME' },
  { key: 'cpus', title: 'CPUS', align: 'right' as const },
  { key: 'state', title: 'STATE' },
];

describe('a table', () => {
  it('sizes columns to what a terminal shows and ends lines without blanks', () => {
    const rows = [
      { name: 'dev', cpus: '4', state: { text: 'running', tone: 'good' as const } },
      { name: '開発', cpus: '16', state: '' },
    ];
    expect(renderTable(columns, rows, plain, stringWidth)).toBe(
      ['NAME  CPUS  STATE', 'dev      4  running', '開発    16  -', ''].join('\n'),
    );
  });

  it('keeps columns straight under colours', () => {
    const rows = [{ name: 'a', cpus: '1', state: { text: 'x', tone: 'bad' as const } }];
    const painted = renderTable(columns, rows, coloured, stringWidth);
    expect(painted).toContain('\u001b[31mx\u001b[39m');
    expect(painted.replace(/\u001b\[\d+m/g, '')).toBe(renderTable(columns, rows, plain, stringWidth));
  });

  it('has every column at the same place in every line', () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 12 });
    fc.assert(
      fc.property(fc.array(fc.record({ name: cell, cpus: cell }), { minLength: 1 }), (rows) => {
        const text = renderTable(
          [
            { key: 'name', title: 'N' },
            { key: 'cpus', title: 'C', align: 'right' },
          ],
          rows,
          plain,
          stringWidth,
        );
        const lines = text.split('\n').slice(0, -1);
        expect(lines).toHaveLength(rows.length + 1);
        expect(new Set(lines.map((line) => stringWidth(line))).size).toBe(1);
      }),
    );
  });
});

const hostile = [
  '\u001b[2J',
  '\u001b]52;c;AAAA\u0007',
  '\r',
  '\u009b31m',
  '\u0007',
  '\u202e',
  '\u001bP1$q\u001b\\',
  '\b',
  '\u001b',
];
const dangerous = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const untrusted = fc
  .array(fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: 'binary' })), { maxLength: 6 })
  .map((parts) => parts.join(''));

describe('text from a machine', () => {
  it('never reaches the terminal with control characters', () => {
    fc.assert(
      fc.property(untrusted, (text) => {
        const outputs: Output[] = [
          { type: 'message', text, details: [text] },
          { type: 'text', text },
          { type: 'table', columns, rows: [{ name: text, cpus: { text } }], empty: text, notes: [text], data: [] },
          {
            type: 'record',
            title: text,
            sections: [
              { title: text, fields: [[text, { text }]] },
              { title: text, lines: [text, { text, tone: 'normal' }] },
              { title: text, columns, rows: [{ name: text }] },
            ],
            data: {},
          },
        ];
        for (const output of outputs) expect(renderText(output, plain, stringWidth)).not.toMatch(dangerous);
        expect(renderError(new AppError('internal', text, { hint: text }), plain, false)).not.toMatch(dangerous);
        expect(
          drawn([{ type: 'info', text }, { type: 'warning', text, hint: text }, step('changed', text)]),
        ).not.toMatch(dangerous);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps them where the operator asked for them, and never in data', () => {
    const text = 'a\u001b[31mb\u001b[0m\n';
    const output: Output = { type: 'text', text, isRaw: true, data: { lines: [text] } };
    expect(renderText(output, plain, stringWidth)).toBe(text);
    expect(renderJson(output)).not.toContain('u001b');
    expect(renderText({ ...output, isRaw: false }, plain, stringWidth)).toBe('ab\n');
  });

  it('stays on the line of its cell', () => {
    expect(renderTable(columns, [{ name: 'a\nb\u2028c' }], plain, stringWidth).split('\n')).toHaveLength(3);
  });
});

const step = (status: 'running' | 'changed' | 'failed', title: string): EngineEvent => ({
  type: 'step',
  operation: 'o',
  id: 'x',
  title,
  status,
  index: 3,
  total: 12,
  ...(status === 'failed' ? { detail: 'exit 1' } : {}),
  elapsedMs: 2400,
});

function drawn(events: EngineEvent[], options: { isLive?: boolean; isQuiet?: boolean } = {}): string {
  let text = '';
  const { report, end } = progressRenderer({
    write: (part) => {
      text += part;
    },
    style: plain,
    isLive: options.isLive ?? false,
    isQuiet: options.isQuiet ?? false,
    isVerbose: false,
    columns: () => 40,
  });
  for (const event of events) report(event);
  end();
  return text;
}

describe('progress', () => {
  const events = [step('running', 'Install packages'), step('changed', 'Install packages'), step('failed', 'Start')];

  it('prints one line per finished step where nobody looks', () => {
    expect(drawn(events)).toBe('  ok  3/12 Install packages (2 s)\n  !!  3/12 Start (2 s): exit 1\n');
  });

  it('redraws the running step on a terminal and leaves no trace of it', () => {
    expect(drawn(events, { isLive: true })).toBe(
      '  ..  3/12 Install packages\r\u001b[K  ok  3/12 Install packages (2 s)\n  !!  3/12 Start (2 s): exit 1\n',
    );
    expect(drawn([step('running', 'x'.repeat(200))], { isLive: true })).toMatch(/^.{39}\r/);
  });

  it('says only warnings when quiet', () => {
    expect(drawn([...events, { type: 'warning', text: 'Low disk.' }], { isQuiet: true })).toBe('Warning: Low disk.\n');
  });
});

describe('json', () => {
  it('prints data alone', () => {
    expect(renderJson({ type: 'table', columns, rows: [], empty: 'None.', data: [{ name: 'a' }] })).toBe(
      '[\n  {\n    "name": "a"\n  }\n]\n',
    );
    expect(JSON.parse(renderJson({ type: 'message', text: 'Done.' }))).toEqual({ message: 'Done.' });
  });

  it('prints an error on one line', () => {
    const error = new AppError('not-found', 'No VM x.', { hint: 'Look.', data: { vm: 'x' } });
    expect(renderJsonError(error, undefined)).toBe(
      '{"error":{"code":"not-found","message":"No VM x.","hint":"Look.","data":{"vm":"x"}}}\n',
    );
  });
});

describe('colours', () => {
  it('are off without a terminal, with NO_COLOR, with --no-color and on a dumb terminal', () => {
    const terminal = { isTTY: true };
    expect(styleFor(terminal, {}, false)).toBe(coloured);
    expect(styleFor({}, {}, false)).toBe(plain);
    expect(styleFor(terminal, { NO_COLOR: '1' }, false)).toBe(plain);
    expect(styleFor(terminal, { TERM: 'dumb' }, false)).toBe(plain);
    expect(styleFor(terminal, {}, true)).toBe(plain);
  });
});
