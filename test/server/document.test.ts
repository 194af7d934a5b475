import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { innerSpan } from '../../src/core/config/toml/where.ts';
import { applyChanges, type Encoding, TextLines } from '../../src/server/text.ts';
import { atCaret, documentOf, fixture } from './caret.ts';

/** Side, path and scope of the place, and the text of what the caret touches. */
function brief(marked: string): string {
  const { document, offset, text } = atCaret(marked);
  const { side, path, scope, part, scalar, symbol } = document.placeAt(offset);
  const touched = part ?? scalar;
  const name = symbol === undefined ? '' : ` ${symbol.role} ${symbol.collection}.${symbol.name}`;
  return `${side} ${path.join('.')} in ${scope.join('.')}${touched === undefined ? '' : ` '${text.slice(touched.start, touched.end)}'`}${name}`;
}

describe('what stands at a caret', () => {
  test.each([
    // Headers, also half of one.
    ['[|', "header  in  ''"],
    ['[vm_t|', "header vm_t in  'vm_t'"],
    ['[vm_templates.|', "header vm_templates. in  ''"],
    ['[vm_templates.de|v]\n', "header vm_templates.dev in  'dev' definition vm_templates.dev"],
    ['[vm|_templates.dev]\n', "header vm_templates in  'vm_templates'"],
    ['[vm_templates.dev]|\n', 'none  in vm_templates.dev'],
    // Keys.
    ['cp|', "key cp in  'cp'"],
    ['[vm_templates.dev]\ncp|u\n', "key vm_templates.dev.cpu in vm_templates.dev 'cpu'"],
    ['[vm_templates.dev]\ncpus| = 3\n', "key vm_templates.dev.cpus in vm_templates.dev 'cpus'"],
    ['[vm_templates.dev]\n|\n[paths]\n', 'none  in vm_templates.dev'],
    ['[session_templates]\na.en|v.X = "1"\n', "key session_templates.a.env in session_templates 'env'"],
    ['[session_templates.a]\nenv = { X = "1", Y| }\n', "key session_templates.a.env.Y in session_templates.a.env 'Y'"],
    ['[session_templates.a]\nenv = { | }\n', 'key  in session_templates.a.env'],
    // Values.
    ['[vm_templates.dev]\ncpus =|\n', 'value vm_templates.dev.cpus in vm_templates.dev'],
    ['[vm_templates.dev]\ncpus = |', 'value vm_templates.dev.cpus in vm_templates.dev'],
    ['[vm_templates.dev]\ncpus = 1|2\n', "value vm_templates.dev.cpus in vm_templates.dev '12'"],
    ['[vm_templates.dev]\napt = [|\n', 'value vm_templates.dev.apt in vm_templates.dev'],
    ['[vm_templates.dev]\napt = ["a", "|', `value vm_templates.dev.apt in vm_templates.dev '"'`],
    ['[vm_templates.dev]\napt = [\n  "a",\n  |\n]\n', 'value vm_templates.dev.apt in vm_templates.dev'],
    ['[vm_templates.dev]\napt = ["a"]|\n', 'value vm_templates.dev.apt in vm_templates.dev'],
    [
      '[vm_templates.dev]\ninherits = ["b|ig"]\n',
      `value vm_templates.dev.inherits in vm_templates.dev '"big"' reference vm_templates.big`,
    ],
    ['[defaults]\nplatform = "q|', `value defaults.platform in defaults '"q'`],
    // Comments.
    ['[defaults]\n# plat|form\n', 'comment  in defaults'],
    ['[defaults]\nplatform = "qemu" # x|\n', 'comment  in defaults'],
  ])('%j', (marked, wanted) => {
    expect(brief(marked)).toBe(wanted);
  });

  test('is found at every offset of every text, cut anywhere', () => {
    const text = fixture('long.toml');
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(60), fc.nat(80), (at, cut, near) => {
        const document = documentOf(text.slice(0, at) + text.slice(at + cut));
        const { part, scalar, symbol, pairs } = document.placeAt(Math.max(0, at - 40 + near));
        for (const span of [part, scalar, symbol?.at, ...pairs]) {
          if (span !== undefined) expect(span.start <= span.end && span.end <= document.text.length).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('who names what', () => {
  const text = `[vm_templates.base]
[vm_templates."with blank"]
inherits = ["base", 'other', "default"]
apt_packages = ["gh", "mine", "!nodejs", "!*"]
[apt_packages.mine]
apt_sources = ["github-cli"]
[session_templates]
dotted.command = "x"
[session_templates.child.env]
A = "1"
[session_templates.child]
inherits = ["dotted"]
[git_credentials]
g = { type = "github" }
[admin.config]
git_credentials = ["g"]
`;
  const { symbols } = documentOf(text);

  test('every definition, reference and removal has the place of the bare name', () => {
    expect(
      symbols.all.map(({ role, collection, name, at }) => {
        expect(text.slice(at.start, at.end)).toBe(name);
        return `${role} ${collection}.${name}`;
      }),
    ).toEqual([
      'definition vm_templates.base',
      'definition vm_templates.with blank',
      'reference vm_templates.base',
      'reference vm_templates.other',
      'reference vm_templates.default',
      'reference apt_packages.gh',
      'reference apt_packages.mine',
      'removal apt_packages.nodejs',
      'definition apt_packages.mine',
      'reference apt_sources.github-cli',
      'definition session_templates.dotted',
      'definition session_templates.child',
      'mention session_templates.child',
      'reference session_templates.dotted',
      'definition git_credentials.g',
      'reference git_credentials.g',
    ]);
  });

  test('names are the own ones, those of the program, and default', () => {
    expect(symbols.existence('vm_templates', 'base')).toBe('own');
    expect(symbols.existence('vm_templates', 'default')).toBe('built-in');
    expect(symbols.existence('apt_packages', 'gh')).toBe('built-in');
    expect(symbols.existence('vm_templates', 'other')).toBe('missing');
    expect(symbols.names('apt_packages')).toEqual(['mine', 'gh', 'terraform', 'nodejs', 'tenv']);
    expect(symbols.names('vm_templates')).toEqual(['base', 'with blank', 'default']);
  });
});

describe('positions', () => {
  const pieces = fc.constantFrom('a', 'ä', '€', '𝄞', '\n', '\r\n', '\r', '\t', '"', 'x = 1');
  const textArbitrary = fc.array(pieces, { maxLength: 40 }).map((list) => list.join(''));
  const encodings = fc.constantFrom<Encoding>('utf-8', 'utf-16', 'utf-32');

  test('lead there and back', () => {
    fc.assert(
      fc.property(textArbitrary, encodings, (text, encoding) => {
        const lines = new TextLines(text, encoding);
        let offset = 0;
        for (const point of text) {
          const isInPair = text[offset - 1] === '\r' && text[offset] === '\n';
          // Between CR and LF there is no position of its own.
          if (!isInPair) expect(lines.offsetAt(lines.positionAt(offset))).toBe(offset);
          offset += point.length;
        }
        expect(lines.offsetAt({ line: 10_000, character: 0 })).toBe(text.length);
        expect(lines.offsetAt({ line: 0, character: 10_000 })).toBe(lines.endOf(0));
      }),
    );
  });

  test('edits one after the other give the text that the client has', () => {
    const edit = fc.record({ at: fc.nat(100), length: fc.nat(20), put: textArbitrary });
    fc.assert(
      fc.property(textArbitrary, fc.array(edit, { maxLength: 4 }), encodings, (text, edits, encoding) => {
        let wanted = [...text].join('');
        const changes = edits.map(({ at, length, put }) => {
          const lines = new TextLines(wanted, encoding);
          // Ends of an edit are positions, so neither half a pair of surrogates nor between CR and LF.
          const range = {
            start: lines.positionAt(whole(wanted, at)),
            end: lines.positionAt(whole(wanted, at + length)),
          };
          const { start, end } = lines.span(range);
          wanted = wanted.slice(0, start) + put + wanted.slice(end);
          return { range, text: put };
        });
        expect(applyChanges(text, changes, encoding)).toBe(wanted);
      }),
    );
  });

  const whole = (text: string, offset: number): number => {
    const at = Math.min(offset, text.length);
    const code = text.charCodeAt(at);
    return code >= 0xdc00 && code < 0xe000 ? at - 1 : at;
  };
});

test.each([
  ['"abc"', 'abc'],
  ["'abc'", 'abc'],
  ['"abc', 'abc'],
  ['"', ''],
  ['""', ''],
  ['"""a"""', 'a'],
  ['"""a', 'a'],
  ['12', '12'],
])('between the quotes of %s', (written, inner) => {
  const { start, end } = innerSpan(written, { start: 0, end: written.length });
  expect(written.slice(start, end)).toBe(inner);
});
