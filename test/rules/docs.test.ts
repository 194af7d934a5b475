import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { problemCodes } from '../../src/core/config/problemCodes.ts';
import { read, root } from './sources.ts';

describe('the generated reference', () => {
  it('is what the code says', async () => {
    const run = promisify(execFile)(process.execPath, ['scripts/docs.mjs', '--check'], { cwd: root });
    await expect(run).resolves.toMatchObject({ stderr: '' });
  });

  it('has a section for every code, under the name that the language server links to', () => {
    // Viewers of Markdown name sections by the text of their heading: lower case, hyphens, without other marks.
    const headings = [...read('docs/reference/problems.md').matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => text);
    const sections = headings.map((text) =>
      text
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );
    const codes = Object.keys(problemCodes);
    expect(codes.length).toBeGreaterThan(30);
    expect(codes.filter((code) => sections.filter((section) => section === code).length !== 1)).toEqual([]);
  });
});
