import { commands } from '../core/commands/table.ts';
import { commandTree } from '../core/commands/tree.ts';
import { complete } from '../core/completion/answer.ts';
import type { ValuesOf } from '../core/completion/model.ts';
import { readWords, writeAnswer } from '../core/completion/protocol.ts';
import { skipOptimizedWasm } from './startFast.ts';

/** A file named earlier on the line with `--config`. */
function configIn(words: readonly string[]): string | undefined {
  const index = words.indexOf('--config');
  const inline = words.find((word) => word.startsWith('--config='))?.slice('--config='.length);
  return index >= 0 && index < words.length - 2 ? words[index + 1] : inline;
}

/** `__complete SHELL WORDS…`: prints what could stand for the last word. Never fails, asks, connects or writes. */
export async function answerCompletion(argv: readonly string[]): Promise<number> {
  try {
    const [shell = '', ...given] = argv;
    const { words, prefix } = readWords(shell, given);
    const valuesOf: ValuesOf = async (source, verb) => {
      const [{ valuesFrom }, { enginePaths }, { nodeClock }, { createNodeFiles }] = await Promise.all([
        import('../core/completion/values.ts'),
        import('../node/enginePaths.ts'),
        import('../node/nodeClock.ts'),
        import('../node/nodeFiles.ts'),
      ]);
      skipOptimizedWasm();
      const home = process.env.HOME ?? process.env.USERPROFILE ?? '';
      const ports = {
        files: createNodeFiles(home),
        clock: nodeClock,
        paths: enginePaths(process.env, configIn(words)),
      };
      return valuesFrom(ports)(source, verb);
    };
    process.stdout.write(writeAnswer(await complete(commandTree(commands), words, valuesOf), prefix));
  } catch {
    // A completion that cannot answer offers nothing; a message would land in the operator's half-typed line.
  }
  return 0;
}
