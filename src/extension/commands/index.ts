import { readdir } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { Output } from '../../core/commands/output.ts';
import type { AskScope } from '../adapters/askScope.ts';
import { commands as ids, verbCommand, verbOf } from '../ids.ts';
import type { Parts, Register, Values, Verbs } from '../parts.ts';
import { thingsOf } from '../thing.ts';
import { TextDocuments } from './documents.ts';
import type { Journal } from './journal.ts';
import { registerOwn } from './own.ts';

export interface CommandParts extends vscode.Disposable {
  verbs: Verbs;
  /** Goes on with what windows that are gone have left. */
  resume(): Promise<void>;
}

export function createVerbs(parts: Parts, scope: AskScope): CommandParts {
  const taken = new Map<string, (values: Values) => Promise<void>>();
  const ran = new vscode.EventEmitter<{ verb: string; values: Values; output: Output }>();
  const documents = new TextDocuments(parts.front);
  const directory = vscode.Uri.joinPath(parts.context.globalStorageUri, 'unfinished').fsPath;
  let journal: Journal | undefined;
  /** Made when the first verb runs; the entry stays small. */
  const shared = async () => {
    const [{ Journal }, { createNodeFiles }] = await Promise.all([
      import('./journal.ts'),
      import('../../node/nodeFiles.ts'),
    ]);
    journal ??= new Journal(directory, createNodeFiles(directory));
    const ended = (verb: string, values: Values, output: Output): void => ran.fire({ verb, values, output });
    return { parts, scope, documents, journal, ended };
  };
  const runPartsOf = async (verb: string) => ({ ...(await shared()), takenOver: taken.get(verb) });
  return {
    verbs: {
      onDidRun: ran.event,
      run: async (verb, values = {}, options = {}) => {
        const { commandOf, runVerb } = await import('./run.ts');
        return runVerb(await runPartsOf(verb), commandOf(verb), values, options);
      },
      runOn: async (verb, things) => {
        const { runOn } = await import('./runMany.ts');
        await runOn(await runPartsOf(verb), verb, things);
      },
      showPlan: async (things) => {
        const { planAlone } = await import('./planAlone.ts');
        await planAlone(await shared(), things);
      },
      takeOver: (verb, run) => {
        taken.set(verb, run);
        return new vscode.Disposable(() => taken.delete(verb));
      },
    },
    resume: async () => {
      // Nothing of the runner is loaded where there is nothing to go on with.
      const names = await readdir(directory).catch(() => []);
      if (names.length > 0) await (await import('./resume.ts')).resumeUnfinished(await shared());
    },
    dispose: () => vscode.Disposable.from({ dispose: () => journal?.close() }, documents, ran).dispose(),
  };
}

/** The manifest knows the verbs; their declarations are loaded when the first one runs. */
function contributedVerbs({ extension }: vscode.ExtensionContext): string[] {
  const { contributes } = extension.packageJSON as { contributes: { commands: { command: string }[] } };
  const others = new Set<string>(Object.values(ids));
  return contributes.commands.flatMap(({ command }) => (others.has(command) ? [] : verbOf(command)));
}

export const register: Register = (parts) => {
  const verbs = contributedVerbs(parts.context).map((verb) =>
    registerOwn(parts, verbCommand(verb), async (argument, selection) =>
      parts.verbs.runOn(verb, thingsOf(argument, selection)),
    ),
  );
  return vscode.Disposable.from(
    parts.front.command(ids.showLog, () => parts.log.show()),
    parts.front.command(ids.showPlan, (argument, selection) => parts.verbs.showPlan(thingsOf(argument, selection))),
    registerOwn(parts, ids.forgetSecrets, async () =>
      (await import('../adapters/secretStore.ts')).forgetSecrets(parts.context),
    ),
    ...verbs,
  );
};
