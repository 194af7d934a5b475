import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEscapeFilter } from '../../src/core/ssh/escapeFilter.ts';

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const filterAll = (input: string | Uint8Array, mayWriteClipboard = false): string => {
  const filter = createEscapeFilter({ mayWriteClipboard });
  return Buffer.from(filter(typeof input === 'string' ? bytesOf(input) : input)).toString('utf8');
};

describe('what full-screen programs need', () => {
  const kept = [
    'plain text, tabs\tand\r\nlines\b\x07',
    'wide: ä € 漢字 👩‍👩‍👧 ─│┌',
    '\x1b[?1049h\x1b[22;0;0t\x1b[?1h\x1b=\x1b[H\x1b[2J',
    '\x1b[1;31mred\x1b[0m \x1b[38;2;1;2;3m\x1b[48:2::1:2:3m\x1b[4:3m',
    '\x1b[10;20H\x1b[K\x1b[1;24r\x1b[3L\x1b[2M\x1b[5@\x1b[4P\x1b[3X\x1b[2S\x1b[b',
    '\x1b[?25l\x1b[?2004h\x1b[?1000;1002;1006h\x1b[?1004h\x1b[?2026h\x1b[?25h',
    '\x1b7\x1b8\x1b(0lqk\x1b(B\x0e\x0f\x1bM\x1b#8\x1bc',
    '\x1b[ q\x1b[2 q\x1b[!p\x1b[>4;2m\x1b[>1u\x1b[<u\x1b[=1;1u',
    '\x1b[6n\x1b[5n\x1b[c\x1b[>c\x1b[>q\x1b[?u\x1b[?2026$p\x1b[18t',
    '\x1b]2;a title\x1b\\\x1b]11;?\x1b\\\x1b]4;1;rgb:ff/00/00\x1b\\\x1b]104\x1b\\\x1b]112\x1b\\',
    '\x1b]8;id=a1;https://example.invalid/x?y=1\x1b\\link\x1b]8;;\x1b\\',
    '\x1b]9;4;1;50\x1b\\',
  ];
  it.each(kept.map((text) => [JSON.stringify(text), text]))('passes %s', (_name, text) => {
    expect(filterAll(text)).toBe(text);
  });

  it('writes one-character introducers as ESC sequences', () => {
    expect(filterAll('\u009b31mred\u009d2;title\u009c')).toBe('\x1b[31mred\x1b]2;title\x1b\\');
  });

  it('passes what a program writes to paint its screen with tput', () => {
    for (const name of [
      'clear',
      'smcup',
      'rmcup',
      'smkx',
      'rmkx',
      'sgr0',
      'bold',
      'el',
      'ed',
      'civis',
      'cnorm',
      'rs1',
      'is2',
    ]) {
      const ran = spawnSync('tput', ['-T', 'xterm-256color', name]);
      // Strings get the standard terminator.
      if (ran.status === 0) expect(filterAll(ran.stdout)).toBe(ran.stdout.toString().replaceAll('\x07', '\x1b\\'));
    }
  });
});

describe('what acts on the host of the terminal', () => {
  const refused: Array<[what: string, text: string]> = [
    ['reading the clipboard', '\x1b]52;c;?\x07'],
    ['writing the clipboard', '\x1b]52;c;aGk=\x07'],
    ['shell integration of VS Code', '\x1b]633;E;rm -rf ~\x07'],
    ['shell integration', '\x1b]133;C\x07'],
    ['files and clipboard of iTerm2', '\x1b]1337;File=inline=1:AAAA\x07'],
    ['the working folder', '\x1b]7;file://host/etc\x07'],
    ['notifications', '\x1b]777;notify;a;b\x07\x1b]99;;x\x1b\\\x1b]9;hello\x07'],
    ['macros of ConEmu', '\x1b]9;6;"print"\x07'],
    ['evaluation in vterm', '\x1b]51;Efind-file "/x"\x07'],
    ['fonts', '\x1b]50;?\x07'],
    ['device control strings', '\x1bP$q"p\x1b\\\x1bP+q544e\x1b\\\x1bPq#0;2;0;0;0\x1b\\'],
    ['a wrapped sequence for an outer tmux', '\x1bPtmux;\x1b\x1b]52;c;?\x07\x1b\\'],
    ['application, private and start-of-string messages', '\x1b_Gf=100;AAAA\x1b\\\x1b^x\x1b\\\x1bXx\x1b\\'],
    ['a window name of screen', '\x1bkname\x1b\\'],
    ['title and window reports', '\x1b[21t\x1b[20t\x1b[11t\x1b[13t\x1b[19t'],
    ['window moves', '\x1b[3;0;0t\x1b[8;5;5t\x1b[2t\x1b[9;1t'],
    ['screen checksums', '\x1b[1;1;1;1;1;1*y'],
    ['printing', '\x1b[5i\x1b[?5i\x1b[i'],
    ['other reports', "\x1b[?15n\x1b[?25n\x1b[x\x1b[=c\x1b[1$w\x1b[&w\x1b[1'|\x1bZ\x05"],
    ['keyboard lock and Tektronix mode', '\x1b[2h\x1b[?38h\x1b[?1001h\x1b[?0038h'],
    ['leaving UTF-8, eight-bit answers', '\x1b%@\x1b G\x1b[61;0"p'],
    ['titles in hexadecimal', '\x1b[>0;1t\x1b[>2T'],
    ['flow control', '\x13\x11'],
    ['one-character forms', '\u009b21t\u009d52;c;?\u009c\u0090$qm\u009c\u009fx\u009c\u009a'],
  ];
  it.each(refused)('drops %s', (_what, text) => {
    expect(filterAll(`a${text}b`)).toBe('ab');
  });

  it('keeps the other modes of a list', () => {
    expect(filterAll('\x1b[?1000;1001;38;1006h')).toBe('\x1b[?1000;1006h');
  });

  it('lets programs write the clipboard where that is allowed, never read it', () => {
    expect(filterAll('\x1b]52;c;aGk=\x07', true)).toBe('\x1b]52;c;aGk=\x1b\\');
    expect(filterAll('\x1b]52;c;?\x07', true)).toBe('');
    expect(filterAll('\x1b]52;;not base64!\x07', true)).toBe('');
  });

  it('opens no link but to the web', () => {
    for (const uri of ['file:///etc/passwd', 'vscode://x', 'command:x', 'javascript:1', 'ssh://h', 'http:', 'x']) {
      expect(filterAll(`\x1b]8;;${uri}\x07text\x1b]8;;\x07`)).toBe('\x1b]8;;\x1b\\text\x1b]8;;\x1b\\');
    }
  });

  it('takes controls out of a title', () => {
    expect(filterAll('\x1b]0;a\nb\x7f\tc\x07')).toBe('\x1b]0;abc\x1b\\');
  });

  it('is not fooled by overlong or broken UTF-8', () => {
    const overlong = Buffer.from([0xc0, 0x9b, 0x33, 0xe0, 0x82, 0x9b, 0x34, 0x9b, 0x32, 0x31, 0x74]);
    expect(filterAll(overlong)).toMatch(/^\ufffd+3\ufffd+4\ufffd21t$/);
    expect(filterAll(Buffer.from([0xe2, 0x1b, 0x5b, 0x32, 0x31, 0x74, 0x41]))).toBe('\ufffdA');
  });

  it('begins anew where a string is broken off by another sequence', () => {
    expect(filterAll('\x1b]2;half\x1b[31mred')).toBe('\x1b[31mred');
    expect(filterAll('\x1b]2;half\x18text')).toBe('text');
    expect(filterAll('\x1b]2;half\x1b]52;c;?\x07text')).toBe('text');
    expect(filterAll('\x1b]2;a\x1bätext')).toBe('ätext');
  });
});

const piece = fc.oneof(
  fc.constantFrom(
    '\x1b',
    '\x1b[',
    '\x1b]',
    '\x1bP',
    '\x1b_',
    '\x07',
    '\x1b\\',
    '\u009b',
    '\u009d',
    '\u009c',
    '\x18',
    '\x9b',
  ),
  fc.constantFrom(
    '52;c;?',
    '633;A',
    '2;t',
    '8;;file:///x',
    '?',
    '>',
    '$',
    '*',
    ';',
    '21t',
    '6n',
    '5i',
    'h',
    'm',
    'y',
    '\x05',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const stream = fc
  .array(
    fc.oneof(
      piece.map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 4 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => Buffer.concat(parts));

describe('any stream', () => {
  it('comes out the same wherever it is cut', () => {
    fc.assert(
      fc.property(stream, (bytes) => {
        const whole = filterAll(bytes);
        const filter = createEscapeFilter();
        const single = Buffer.concat([...bytes].map((byte) => Buffer.from(filter(Uint8Array.of(byte)))));
        expect(single.toString()).toBe(whole);
        for (let cut = 0; cut <= bytes.length; cut++) {
          const halves = createEscapeFilter();
          expect(Buffer.concat([halves(bytes.subarray(0, cut)), halves(bytes.subarray(cut))]).toString()).toBe(whole);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('comes out unchanged the second time: what passes is all allowed', () => {
    fc.assert(
      fc.property(stream, (bytes) => {
        const once = filterAll(bytes);
        expect(filterAll(once)).toBe(once);
      }),
      { numRuns: 1000 },
    );
  });

  it('never contains a refused introducer', () => {
    fc.assert(
      fc.property(stream, (bytes) => {
        const text = filterAll(bytes);
        expect(text).not.toMatch(
          /\x1b[P_^Xk]|[\u0080-\u009f]|\x1b\](?:52|633|133|1337|7);|\x05|\x1b\[(?:21t|[0-9;]*\*y)/,
        );
      }),
      { numRuns: 1000 },
    );
  });
});

describe('memory', () => {
  it('stays bounded for strings and sequences that never end, and recovers after them', () => {
    for (const start of ['\x1b]2;', '\x1bP', '\x1b_', '\x1b[', '\x1b]52;c;', '\x1b(']) {
      const filter = createEscapeFilter({ mayWriteClipboard: true });
      filter(bytesOf(start));
      const filler = bytesOf('1'.repeat(64 * 1024));
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < 100; i++) expect(filter(start === '\x1b(' ? bytesOf('((((') : filler).length).toBe(0);
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 << 20);
      expect(Buffer.from(filter(bytesOf('\x1b\\\x18after'))).toString()).toBe('after');
    }
  });

  it('is fast enough for a screen full of output', () => {
    const filter = createEscapeFilter();
    const line = bytesOf(`\x1b[32m${'some text ä '.repeat(8)}\x1b[0m\r\n`);
    const chunk = Buffer.concat(Array.from({ length: 600 }, () => line));
    expect(filter(chunk).length).toBe(chunk.length);
  });
});
