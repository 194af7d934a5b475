import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderJsonError } from '../../src/cli/render/json.ts';
import type { EngineEvent } from '../../src/core/events.ts';
import { LineReader, parseFrame } from '../../src/core/remote/frames.ts';
import type { ProbeRequest } from '../../src/core/remote/probe.ts';
import { parseProbe, startTimeOf } from '../../src/core/remote/probeParse.ts';
import { RecipeProgress } from '../../src/core/remote/progress.ts';
import { sh } from '../../src/core/remote/quote.ts';
import type { Recipe } from '../../src/core/remote/recipe.ts';
import { progressRenderer } from '../../src/core/render/progress.ts';
import { plain } from '../../src/core/render/style.ts';
import { parsePanes } from '../../src/core/tmux/parse.ts';
import { readableLog } from '../../src/core/vm/logText.ts';
import { soak } from '../soak.ts';
import { vm } from '../store/samples.ts';
import { expectLinear, expectSentence, hostileCharacter, hostileText, mutated, orSentence, runs } from './harness.ts';

const pack = (text: string): string => `x${Buffer.from(text).toString('base64')}`;
const nonce = '0123456789abcdef01234567';
const request: ProbeRequest = {
  sessions: [
    { name: 'one', account: 'agt--a', socket: '/run/s', pid: 7, startTime: '99' },
    { name: 'two', account: 'agt--b', socket: '/run/o', pid: undefined },
  ],
  workspaces: [{ name: 'shop', path: '/srv/shop', account: 'op--shop' }],
};
const answer = [
  'boot 11111111-2222-3333-4444-555555555555',
  'now 1700000000',
  'uptime 12.5',
  'cpus 4',
  'load 0.25',
  'memory MemTotal=1000 MemAvailable=400 SwapTotal=10 SwapFree=10',
  'disk 4096 100 40 30',
  `users ${pack('root:0:0\nagentworks:1000:1000\nagt--a:20000:20000\n')}`,
  `groups ${pack('agt--a:20000:\nws--shop:20001:agt--a,op--shop\n')}`,
  `ports ${pack('0100007F:1F90 20000\n')}`,
  `session 0 0 ${pack('0|||42|99|0|0|node\n')}`,
  'session 1 1 x',
  `process 0 agt--a ${pack(`7 (tmux: server) S ${'0 '.repeat(18)}99 0\n`)}`,
  `workspace 0 0 ${pack('3 2 1 4 main\n')}`,
  'end',
].map((line) => `${nonce} ${line}\n`);

/** Every number of it counts something, so each is finite and not negative. */
function expectSane(value: unknown): void {
  if (typeof value === 'number') {
    expect(Number.isFinite(value) && value >= 0, String(value)).toBe(true);
    return;
  }
  if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) expectSane(part);
}

const number = fc.constantFrom(
  '',
  '-1',
  '1e308',
  '1e999',
  'NaN',
  'Infinity',
  '0x10',
  '9'.repeat(400),
  '１',
  ' 1',
  '1.5',
  '1\r',
);

describe('an answer of a probe', () => {
  const field = fc.oneof(
    number,
    hostileText(10).map((text) => text.replaceAll(' ', '_')),
    hostileText(30).map(pack),
    fc.constant('x!!!'),
    number.map((n) => pack(`${n}|${n}|${n}|${n}|${n}|${n}|${n}|x\n`)),
  );
  const kind = fc.constantFrom(
    'boot',
    'now',
    'uptime',
    'cpus',
    'load',
    'memory',
    'disk',
    'users',
    'groups',
    'ports',
    'session',
    'process',
    'workspace',
    'end',
    '__proto__',
    'constructor',
  );
  const record = fc
    .tuple(kind, fc.array(field, { maxLength: 5 }))
    .map(([name, fields]) => `${nonce} ${[name, ...fields].join(' ')}\n`);

  it('of any records is a probe whose numbers are numbers, or nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(record, fc.constantFrom(...answer), hostileText(50)), { maxLength: 40 }),
        (lines) => {
          const output = lines.join('');
          expectSane(parseProbe(output, nonce, request, 'agentworks'));
          expectSane(parseProbe(answer.join('') + output, nonce, request, 'agentworks'));
        },
      ),
      runs(400),
    );
  });

  it('of damaged bytes is a probe whose numbers are numbers, or nothing', () => {
    fc.assert(
      fc.property(mutated([Buffer.from(answer.join(''))]), (bytes) => {
        expectSane(parseProbe(bytes.toString('utf8'), nonce, request, 'agentworks'));
      }),
      runs(400),
    );
  });

  it('cut at any byte is nothing, or the whole', () => {
    const whole = Buffer.from(answer.join(''));
    const probe = parseProbe(whole.toString('utf8'), nonce, request, 'agentworks');
    for (let length = 0; length <= whole.length; length++) {
      const cut = parseProbe(whole.subarray(0, length).toString('utf8'), nonce, request, 'agentworks');
      if (cut !== undefined) expect(cut).toEqual(probe);
    }
    expect(probe).toBeDefined();
  });

  it('is not spoken for by lines without its nonce', () => {
    fc.assert(
      fc.property(fc.array(hostileText(80), { maxLength: 10 }), (noise) => {
        const others = noise.map((line) => `${line.replaceAll(nonce, '')}\n`);
        const mixed = answer.flatMap((line, i) => [line, others[i] ?? '']);
        expect(parseProbe(mixed.join(''), nonce, request, 'agentworks')).toEqual(
          parseProbe(answer.join(''), nonce, request, 'agentworks'),
        );
      }),
      runs(200),
    );
  });

  it.each<[string, (n: number) => string]>([
    ['lines', (n) => `${nonce} session 0 0 x\n`.repeat(n / 40)],
    ['panes', (n) => `${nonce} session 0 0 ${pack('0|||42|99|0|0|node\n'.repeat(n / 20))}\n`],
    ['ports', (n) => `${nonce} ports ${pack('0100007F:1F90 20000\n'.repeat(n / 20))}\n`],
    ['a process line', (n) => `${nonce} process 0 agt--a ${pack(') '.repeat(n / 3))}\n`],
    ['branches', (n) => `${nonce} workspace 0 0 ${pack('1 '.repeat(n / 3))}\n`],
    ['blanks', (n) => `${nonce} now ${' '.repeat(n)}\n`],
  ])('with many %s takes time in proportion to its size', async (_what, make) => {
    await expectLinear(
      (n) => answer.slice(0, 9).join('') + make(n) + (answer.at(-1) ?? ''),
      (text) => parseProbe(text, nonce, request, 'agentworks'),
      soak(200_000, 2_000_000),
    );
  });
});

describe('what a tmux server says', () => {
  it('is panes with numbers and a short word, or nothing', () => {
    const text = fc
      .array(fc.oneof(number, hostileText(20), fc.constantFrom('0', '1', '')), { maxLength: 9 })
      .map((fields) => fields.join('|'));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 100 }), (lines) => {
        const panes = parsePanes(lines.join('\n'));
        expect(panes.length).toBeLessThanOrEqual(64);
        expectSane(panes);
        for (const { command } of panes) expect(command.length).toBeLessThanOrEqual(256);
      }),
      runs(300),
    );
  });
});

describe('a line of /proc', () => {
  it('of any text has a start time or none', async () => {
    fc.assert(
      fc.property(hostileText(200), (text) => void startTimeOf(text)),
      runs(200),
    );
    await expectLinear((n) => ') '.repeat(n / 2), startTimeOf, soak(200_000, 2_000_000));
  });
});

const recipe: Recipe = {
  operation: 'test',
  title: 'Test',
  steps: [
    { id: 'a', title: 'First', as: 'root', check: 'always', apply: sh`true` },
    { id: 'b', title: 'Second', as: 'root', check: 'always', apply: sh`true` },
  ],
};

describe('frames', () => {
  const index = fc.oneof(fc.constantFrom('1', '2', '0', '3'), number);
  const line = fc.oneof(
    index.map((i) => `S\t${i}`),
    fc.tuple(index, hostileText(60)).map(([i, text]) => `O\t${i}\t${text}`),
    fc
      .tuple(hostileText(8), hostileText(20))
      .map(([key, text]) => `R\t${key}\t${Buffer.from(text).toString('base64')}`),
    fc.constantFrom('R\t__proto__\teA==', 'R\tboot_id\t!!', 'R'),
    fc
      .tuple(
        index,
        fc.constantFrom('changed', 'failed', 'satisfied', 'would-change', 'depends', 'constructor'),
        number,
        number,
      )
      .map((f) => `E\t${f.join('\t')}`),
    fc.tuple(index, fc.constantFrom('changed', 'failed')).map(([i, status]) => `E\t${i}\t${status}\t12\t1`),
    fc.constantFrom('X\tcomplete', 'X\tfailed', 'X\ttoString', 'X'),
    hostileText(40),
  );

  function follow(chunks: readonly Uint8Array[]) {
    const events: EngineEvent[] = [];
    const lines = new LineReader();
    const progress = new RecipeProgress({
      id: 'op',
      vm: vm('dev'),
      recipe,
      report: (event) => events.push(event),
      log: undefined,
      redact: (text) => text,
    });
    for (const chunk of chunks) {
      for (const one of lines.push(chunk)) {
        const frame = parseFrame(one);
        if (frame !== undefined) progress.onFrame(frame);
      }
    }
    return { events, progress, consumed: lines.consumed };
  }

  it('of any lines, cut anywhere, say the same and nothing impossible, and show no control characters', () => {
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 25 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        (lines, sizes) => {
          const bytes = Buffer.from(`${lines.join('\n')}\n`);
          const chunks: Buffer[] = [];
          for (let at = 0, i = 0; at < bytes.length; i++) {
            const size = sizes[i % sizes.length] ?? 1;
            chunks.push(bytes.subarray(at, at + size));
            at += size;
          }
          const { events, progress, consumed } = follow(chunks);
          expect(consumed).toBe(bytes.length);
          expect(events).toEqual(follow([bytes]).events);
          expectSane(events);
          let shown = '';
          const renderer = progressRenderer({
            write: (text) => {
              shown += text;
            },
            style: plain,
            isLive: false,
            isQuiet: false,
            isVerbose: true,
            columns: () => 80,
          });
          for (const event of events) renderer.report(event);
          for (const outcome of ['complete', 'failed', 'cancelled', 'absent', 'rebooted', 'lost'] as const) {
            expectSane(progress.result(outcome));
            expectSentence(progress.failure(outcome));
            shown += renderJsonError(progress.failure(outcome), undefined);
          }
          expect(shown).not.toMatch(hostileCharacter);
          expect(({} as Record<string, unknown>).x).toBeUndefined();
        },
      ),
      runs(300),
    );
  });

  it('a step that a clock set back meanwhile has ended all the same', () => {
    expect(parseFrame('E\t1\tchanged\t-3600000\t0')).toEqual({
      type: 'end',
      index: 1,
      status: 'changed',
      elapsedMs: 0,
      code: 0,
    });
  });

  it('without an end are an error, not a growing memory', async () => {
    const error = await orSentence(() => undefined).then(() => {
      const lines = new LineReader();
      try {
        for (let i = 0; i < 1000; i++) lines.push(Buffer.alloc(1024, 0x61));
        return undefined;
      } catch (thrown) {
        return thrown;
      }
    });
    expect(expectSentence(error).message).toBe('The machine sent a line of progress that never ends.');
  });

  it('in any number take time in proportion, and results are kept up to a limit', async () => {
    await expectLinear(
      (n) => Buffer.from('O\t1\tx\n'.repeat(n / 6)),
      (bytes) => follow([bytes]),
      600_000,
    );
    await expectLinear(
      (n) => Array.from({ length: n / 6 }, () => Buffer.from('O\t1\tx\n')),
      (chunks) => follow(chunks),
      600_000,
    );
    const many = Array.from({ length: 5000 }, (_, i) => `R\tkey${i}\teA==\n`).join('');
    expect(Object.keys(follow([Buffer.from(many)]).progress.result('complete').results).length).toBe(1000);
  });
});

describe('an operation log', () => {
  it("with an entry of kind 'constructor' is shown like any other", () => {
    const line = (kind: string): string => JSON.stringify({ at: '2026-01-02T03:04:05Z', kind, text: 'hello' });
    expect(readableLog(line('constructor'))).toBe('03:04:05  hello');
    expect(readableLog(line('__proto__'))).toBe('03:04:05  hello');
  });

  it('whose times hold control characters shows none', () => {
    const line = JSON.stringify({ at: `2026-01-02T\u001b[31m45Z`, kind: 'output', text: 'hello' });
    expect(readableLog(line)).not.toMatch(hostileCharacter);
  });

  const entry = fc.record(
    {
      at: fc.oneof(fc.constant('2026-01-02T03:04:05Z'), hostileText(20), fc.integer()),
      kind: fc.oneof(
        fc.constantFrom('step', 'output', 'note', 'error', 'end', 'constructor', '__proto__', 'toString', 'valueOf'),
        hostileText(5),
      ),
      text: fc.oneof(hostileText(60), fc.integer()),
      as: hostileText(5),
      elapsedMs: fc.oneof(fc.double(), hostileText(3)),
    },
    { requiredKeys: [] },
  );
  it('of any lines is shown without control characters', async () => {
    const line = fc.oneof(
      entry.map((one) => JSON.stringify(one)),
      hostileText(80),
      fc.constantFrom('{', 'null', '{"at":{}}'),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 10 }), (lines) => {
        expect(readableLog(lines.join('\n'))).not.toMatch(hostileCharacter);
      }),
      runs(300),
    );
    await expectLinear(
      (n) => '{"at":"2026-01-02T03:04:05Z","kind":"output","text":"x"}\n'.repeat(n / 60),
      readableLog,
      soak(200_000, 2_000_000),
    );
    await expectLinear((n) => '\x1b]'.repeat(n / 2), readableLog, soak(200_000, 2_000_000));
  });
});
