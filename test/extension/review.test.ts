import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Version } from '../../src/core/review/model.ts';
import { fileText, foundText, linkText } from '../../src/extension/review/sideText.ts';
import { nowParts, placeOf, sideParts } from '../../src/extension/review/uris.ts';

const names = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }).map((one) => one.replace(/[/\0]/g, '_')),
      fc.constantFrom(
        'a\nb',
        '\u202egpj.exe',
        '$(x)',
        '..x',
        ' ',
        '%2e%2e',
        '?',
        '#',
        '\u200b',
        'ü',
        'a&b=c',
        '[x](command:y)',
      ),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.join('/'));

describe('addresses of files', () => {
  it('name the true path, and show a harmless one', () => {
    fc.assert(
      fc.property(names, fc.boolean(), (path, isNested) => {
        const version: Version = { path, id: undefined, size: 1, kind: 'file' };
        const repository = isNested ? 'deep/er' : '.';
        const truth = isNested ? `deep/er/${path}` : path;
        const side = sideParts('shop', repository, version);
        expect(placeOf(side)).toMatchObject({
          workspace: 'shop',
          kind: 'side',
          path: truth,
          repository,
          id: undefined,
        });
        const now = nowParts('shop', path);
        expect(placeOf(now)).toEqual({ workspace: 'shop', kind: 'now', path });
        for (const shown of [side.path, now.path]) {
          expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u);
          expect(shown.startsWith('/')).toBe(true);
        }
      }),
    );
  });

  it('are of a version by its id', () => {
    const id = 'a'.repeat(40);
    expect(placeOf(sideParts('shop', '.', { path: 'f', id, size: 1, kind: 'link' }))).toMatchObject({
      id,
      entry: 'link',
    });
  });

  it.each([
    { authority: '', path: '/f', query: '' },
    { authority: '../x', path: '/f', query: '' },
    { authority: 'SHOP', path: '/f', query: '' },
    { authority: 'shop', path: '/f', query: 'side=device' },
  ])('of somebody else lead nowhere: %j', (parts) => expect(placeOf(parts)).toBeUndefined());
});

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

describe('one side of a change', () => {
  it('is text as it is, so that what hides in it can be seen', () => {
    const trojan = Buffer.from('if (isAdmin\u202e) {\r\n');
    expect(fileText(trojan.length, trojan)).toBe(trojan);
  });

  it('says what it is where that is no text', () => {
    expect(text(fileText(2048, Buffer.from('a\0b')))).toBe('This is no text. It has 2.0 KiB.\n');
    expect(text(fileText(3 * 2 ** 30, undefined))).toBe('This file has 3.0 GiB: too large to be shown here.\n');
    expect(text(foundText({ kind: 'other', size: 0, modifiedMs: 0 }))).toContain('It was not opened');
    expect(text(linkText('/etc/\u001b[2Jpasswd'))).toBe('A link to: /etc/passwd\n');
  });
});
