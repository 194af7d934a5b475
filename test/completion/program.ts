import { commandTree } from '../../src/core/commands/tree.ts';
import { complete } from '../../src/core/completion/answer.ts';
import type { ValuesOf } from '../../src/core/completion/model.ts';
import { readWords, writeAnswer } from '../../src/core/completion/protocol.ts';
import { sampleCommands } from '../cli/commands.ts';

export const valuesOf: ValuesOf = async (source) => {
  const names: Record<string, string[]> = {
    vm: ['dev', 'dev-two', 'build'],
    workspace: ['api', 'app', 'web'],
    agent: ['ada', 'bob'],
    vmTemplate: ['default', 'big'],
  };
  return (names[source.kind] ?? []).map((value) => ({ value, help: `a ${source.kind}` }));
};

/** Stands for the program in shells under test: `__complete SHELL WORDS…`. */
export async function main(argv: readonly string[]): Promise<void> {
  const { words, prefix } = readWords(argv[1] ?? '', argv.slice(2));
  process.stdout.write(writeAnswer(await complete(commandTree(sampleCommands), words, valuesOf), prefix));
}
