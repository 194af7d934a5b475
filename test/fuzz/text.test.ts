import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderError } from '../../src/cli/render/error.ts';
import { renderJson, renderJsonError } from '../../src/cli/render/json.ts';
import type { Output } from '../../src/core/commands/output.ts';
import { readWords, writeAnswer } from '../../src/core/completion/protocol.ts';
import { AppError, type ErrorCode, exitCodes } from '../../src/core/errors.ts';
import type { EngineEvent } from '../../src/core/events.ts';
import {
  agentUser,
  type NameKind,
  nameLimits,
  nameProblem,
  operatorUser,
  workspaceGroup,
} from '../../src/core/names.ts';
import { jsonReport, progressRenderer } from '../../src/core/render/progress.ts';
import { coloured, plain } from '../../src/core/render/style.ts';
import { renderText } from '../../src/core/render/text.ts';
import { sessionPlace } from '../../src/core/session/place.ts';
import { plainText, TextFilter } from '../../src/core/session/text.ts';
import { cleanData, stripControls } from '../../src/core/text.ts';
import { exactPane } from '../../src/core/tmux/argv.ts';
import { measureFor } from '../../src/node/measureText.ts';
import { soak } from '../soak.ts';
import { expectLinear, hostileCharacter, hostileText, runs } from './harness.ts';

const text = hostileText(60);
const cell = fc.oneof(text, fc.record({ text, tone: fc.constantFrom('good' as const, 'bad' as const) }));
const columns = [
  { key: 'a', title: 'A' },
  { key: 'b', title: 'B', align: 'right' as const },
];
const rows = fc.array(fc.record({ a: cell, b: cell }), { maxLength: 5 });
const data = fc.anything({ values: [text], maxDepth: 3 });

const output: fc.Arbitrary<Output> = fc.oneof(
  fc.record({ type: fc.constant('message' as const), text, details: fc.array(text, { maxLength: 3 }) }),
  fc.record({ type: fc.constant('text' as const), text }),
  fc.record({
    type: fc.constant('table' as const),
    columns: fc.constant(columns),
    rows,
    empty: text,
    notes: fc.array(text, { maxLength: 2 }),
    data,
  }),
  fc.record({
    type: fc.constant('record' as const),
    title: text,
    sections: fc.array(
      fc.oneof(
        fc.record({ title: text, fields: fc.array(fc.tuple(text, cell), { maxLength: 3 }) }),
        fc.record({ title: text, lines: fc.array(cell, { maxLength: 3 }), empty: text }),
        fc.record({ title: text, columns: fc.constant(columns), rows, empty: text }),
      ),
      { maxLength: 3 },
    ),
    data,
  }),
) as fc.Arbitrary<Output>;

/** Colours of ours are the only sequences. */
const withoutColours = (shown: string): string => shown.replace(/\x1b\[\d\d?m/g, '');

describe('whatever is in a row', () => {
  it('reaches a terminal without control characters', async () => {
    await fc.assert(
      fc.asyncProperty(output, async (one) => {
        const measure = await measureFor(JSON.stringify({ ...one, data: undefined }));
        expect(renderText(one, plain, measure)).not.toMatch(hostileCharacter);
        expect(withoutColours(renderText(one, coloured, measure))).not.toMatch(hostileCharacter);
      }),
      runs(400),
    );
  });

  it('reaches programs as JSON that is safe to show, too when it is decoded', () => {
    fc.assert(
      fc.property(output, (one) => {
        const shown = renderJson(one);
        expect(shown).not.toMatch(hostileCharacter);
        if ('data' in one && one.data !== undefined)
          expect(JSON.parse(shown)).toEqual(JSON.parse(JSON.stringify(cleanData(one.data)) ?? 'null'));
      }),
      runs(400),
    );
  });

  it('reaches a terminal as an error without control characters', () => {
    const codes = Object.keys(exitCodes) as ErrorCode[];
    fc.assert(
      fc.property(fc.constantFrom(...codes), text, text, data, (code, message, hint, more) => {
        const error = new AppError(code, message, { hint, data: { more }, cause: new Error(message) });
        expect(renderError(error, plain, true)).not.toMatch(hostileCharacter);
        expect(renderJsonError(error, message)).not.toMatch(hostileCharacter);
        expect(renderJsonError(error, message).trimEnd()).not.toContain('\n');
      }),
      runs(300),
    );
  });

  it('reaches a terminal as progress without control characters', () => {
    const event: fc.Arbitrary<EngineEvent> = fc.oneof(
      fc.record({ type: fc.constantFrom('info' as const, 'warning' as const), text, hint: text }),
      fc.record({
        type: fc.constant('operation' as const),
        id: text,
        title: text,
        vm: text,
        steps: fc.nat(),
        logPath: text,
      }),
      fc.record({ type: fc.constant('output' as const), operation: text, step: text, text }),
      fc.record({
        type: fc.constant('step' as const),
        operation: text,
        id: text,
        title: text,
        index: fc.nat(9),
        total: fc.nat(9),
        status: fc.constantFrom('running', 'failed', 'changed'),
        detail: text,
        elapsedMs: fc.nat(),
      }),
      fc.record({
        type: fc.constant('progress' as const),
        id: text,
        title: text,
        status: fc.constantFrom('running', 'done', 'failed'),
        unit: fc.constantFrom('bytes', 'seconds'),
        done: fc.nat(),
        total: fc.nat(),
      }),
    ) as fc.Arbitrary<EngineEvent>;
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), fc.boolean(), (events, isLive) => {
        let shown = '';
        const write = (part: string): void => {
          shown += part;
        };
        const renderer = progressRenderer({
          write,
          style: plain,
          isLive,
          isQuiet: false,
          isVerbose: true,
          columns: () => 40,
        });
        for (const one of events) renderer.report(one);
        renderer.end();
        expect(shown.replaceAll('\r\u001b[K', '')).not.toMatch(hostileCharacter);
        shown = '';
        for (const one of events) jsonReport(write)(one);
        expect(shown).not.toMatch(hostileCharacter);
        expect(shown.split('\n').length).toBe(events.length + 1);
      }),
      runs(300),
    );
  });

  it('reaches a shell that completes only as a plain word', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ value: text, help: text }), { maxLength: 5 }),
        hostileText(5),
        (candidates, prefix) => {
          const shown = writeAnswer({ kind: 'candidates', candidates }, prefix);
          expect(shown).not.toMatch(hostileCharacter);
          for (const line of shown.split('\n').slice(0, -1))
            expect(line.split('\t')[0]).toMatch(/^[\p{L}\p{N}_@%+=:,./~-]*$/u);
        },
      ),
      runs(300),
    );
  });

  it('typed at a shell is words', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('bash', 'zsh', 'fish', 'powershell', 'constructor'),
        fc.array(fc.oneof(hostileText(8), fc.constantFrom('=', '--vm', '"')), { maxLength: 8 }),
        (shell, given) => {
          const { words, prefix } = readWords(shell, given);
          expect(words.length).toBeGreaterThan(0);
          expect(typeof prefix).toBe('string');
        },
      ),
      runs(300),
    );
  });
});

describe('plain text', () => {
  it('has no control characters, in pieces as well', () => {
    fc.assert(
      fc.property(hostileText(200), fc.nat(200), (given, cut) => {
        expect(stripControls(given, true)).not.toMatch(hostileCharacter);
        expect(stripControls(given)).not.toMatch(/[\n\u2028\u2029]/);
        expect(plainText(given)).not.toMatch(hostileCharacter);
        const filter = new TextFilter();
        const pieces = filter.push(given.slice(0, cut)) + filter.push(given.slice(cut)) + filter.end();
        if (/^[\ud800-\udbff][\udc00-\udfff]/.test(given.slice(cut - 1, cut + 1)) === false)
          expect(pieces).toBe(plainText(given));
      }),
      runs(500),
    );
  });

  it.each(['\x1b', '\x1b]', '\x1b[', '\x1b[1;', '\x1b]0;x\x1b', '\u009d', 'x', '\x1bP'])(
    'from many %j takes time in proportion',
    async (part) => {
      const make = (n: number): string => part.repeat(n / part.length);
      await expectLinear(make, (given) => stripControls(given, true), soak(200_000, 2_000_000));
      await expectLinear(make, (given) => plainText(given), soak(200_000, 2_000_000));
    },
  );
});

describe('a name', () => {
  const kinds = Object.keys(nameLimits) as NameKind[];
  const candidate = fc.oneof(
    hostileText(35),
    fc.string({ unit: fc.constantFrom(...'abz019-_'), maxLength: 35 }),
    fc.string({ unit: fc.constantFrom(...'aéßıK１а-_.:=~ \n'), maxLength: 10 }),
    fc.constantFrom('', '-', '.', '..', 'a\n', 'root', 'con', 'nul', 'a'.repeat(28), '-rf', 'ſ', 'ﬁ', 'a\u0301'),
  );

  it('that is accepted is safe in shells, paths, host aliases, units, tmux targets, and as user and group', () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.constantFrom(...kinds), candidate, (kind, name) => {
        const problem = nameProblem(kind, name);
        if (problem !== undefined) {
          expect(problem).toMatch(/^\S.{10,}\.$/s);
          expect(stripControls(problem)).not.toMatch(hostileCharacter);
          return;
        }
        accepted++;
        // No shell, pattern, path or unit character but these; no option; nothing that a file system folds.
        expect(name).toMatch(/^[a-z0-9][a-z0-9_-]*$/);
        expect(name).not.toMatch(/[-_]$|--/);
        expect(name.length).toBeLessThanOrEqual(nameLimits[kind]);
        const accounts = { agent: [agentUser], workspace: [operatorUser, workspaceGroup] } as const;
        for (const account of kind === 'agent' || kind === 'workspace' ? accounts[kind] : []) {
          expect(account(name)).toMatch(/^[a-z_][a-z0-9_-]{0,31}$/);
        }
        if (kind === 'session') {
          const place = sessionPlace(agentUser('a'.repeat(nameLimits.agent)), name);
          expect(Buffer.byteLength(place.socket)).toBeLessThanOrEqual(107);
          expect(place.unit).toMatch(/^[A-Za-z0-9:_.-]{1,255}\.service$/);
          expect(exactPane(name)).toBe(`=${name}:`);
        }
      }),
      runs(3000),
    );
    expect(accepted).toBeGreaterThan(50);
  });
});
