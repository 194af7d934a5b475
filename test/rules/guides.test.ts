import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from '../../src/cli/parse.ts';
import { noGlobals, scan } from '../../src/cli/scan.ts';
import { commands } from '../../src/core/commands/table.ts';
import { commandTree } from '../../src/core/commands/tree.ts';
import { filesIn, read, root } from './sources.ts';

const tree = commandTree(commands);

/** Command lines in shell blocks and in the table's own examples; what follows `#`, a pipe or a redirection is not ours. */
const linesIn = (text: string): string[] =>
  [...text.matchAll(/```sh\n(.*?)```/gs)]
    .flatMap(([, block = '']) => block.split('\n'))
    .filter((line) => /^(agentworks|agw) /.test(line));

const words = (line: string): string[] =>
  [...line.replace(/\s+(#|\||>|&&).*$/, '').matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)]
    .map(([, double, single, bare]) => double ?? single ?? bare ?? '')
    .slice(1);

function problem(line: string): string | undefined {
  try {
    const globals = noGlobals();
    const found = scan(words(line), tree, globals);
    if (found.kind === 'command' && !globals.help) parse(found.command, found.tokens);
    return undefined;
  } catch (error) {
    return `${line}: ${error instanceof Error ? error.message : error}`;
  }
}

const pages = ['README.md', 'CONTRIBUTING.md', ...filesIn('docs', '.md')].filter((path) =>
  existsSync(join(root, path)),
);

describe('what the documentation tells people to type', () => {
  it.each(pages)('%s is understood by the program', (path) => {
    expect(linesIn(read(path)).map(problem).filter(Boolean)).toEqual([]);
  });

  it('so are the examples of the verbs', () => {
    const examples = commands
      .flatMap((command) => command.examples ?? [])
      .filter((line) => /^(agentworks|agw) /.test(line));
    expect(examples.length).toBeGreaterThan(10);
    expect(examples.map(problem).filter(Boolean)).toEqual([]);
  });

  it.each(pages)('%s links to files that are there', (path) => {
    const links = [...read(path).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, to = '']) =>
      join(root, path, '..', to),
    );
    expect(links.filter((to) => !existsSync(to))).toEqual([]);
  });
});
