import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { read, root } from './sources.ts';

/** Rows of the table in docs/security.md: the file and the test in it that the last column names. */
const rows = read('docs/security.md')
  .split('\n')
  .flatMap((line) => {
    const [, threat = '', stops = '', test = ''] = /^\| (.+) \| (.+) \| (.+) \|$/.exec(line) ?? [];
    if (threat === '' || threat === 'Threat' || /^-+$/.test(threat)) return [];
    const [, file = '', name = ''] = /^`([^`]+)`: (.+)$/.exec(test) ?? [];
    return [{ threat, stops, file, name }];
  });

describe('the table of threats', () => {
  it('names what stops each, and a test', () => {
    expect(rows.length).toBeGreaterThan(30);
    expect(rows.filter((row) => row.stops === '' || row.file === '' || row.name === '')).toEqual([]);
  });

  it.each(rows)('names a test that exists: $threat', ({ file, name }) => {
    expect(existsSync(join(root, file)), file).toBe(true);
    // The beginning of a test's title, or of an attack's name, as it stands in quotes.
    const literals = [`'${name}`, `"${name}`, `\`${name}`];
    expect(
      literals.some((one) => read(file).includes(one)),
      `${file}: ${name}`,
    ).toBe(true);
  });
});
