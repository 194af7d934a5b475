import * as vscode from 'vscode';
import { commands as table } from '../../core/commands/table.ts';
import type { AskScope } from '../adapters/askScope.ts';
import { commands as ids, verbCommand } from '../ids.ts';
import type { Parts, Register, Values, Verbs } from '../parts.ts';
import { thingsOf } from '../thing.ts';
import { valuesFor } from './subject.ts';

export function createVerbs(parts: Parts, scope: AskScope): Verbs {
  const taken = new Map<string, (values: Values) => Promise<void>>();
  const ran = new vscode.EventEmitter<{
    verb: string;
    values: Values;
    output: NonNullable<Awaited<ReturnType<Verbs['run']>>>;
  }>();
  parts.context.subscriptions.push(ran);
  return {
    onDidRun: ran.event,
    run: async (verb, values = {}, options = {}) => {
      const { runVerb } = await import('./run.ts');
      const output = await runVerb({ parts, scope, takenOver: taken.get(verb) }, verb, values, options);
      if (output !== undefined) ran.fire({ verb, values, output });
      return output;
    },
    takeOver: (verb, run) => {
      taken.set(verb, run);
      return new vscode.Disposable(() => taken.delete(verb));
    },
  };
}

export const register: Register = (parts) => {
  const verbs = table.map((command) =>
    vscode.commands.registerCommand(verbCommand(command.id), async (argument?: unknown, selection?: unknown) => {
      for (const values of valuesFor(command, thingsOf(argument, selection))) {
        await parts.verbs.run(command.id, values);
      }
    }),
  );
  return vscode.Disposable.from(
    vscode.commands.registerCommand(ids.showLog, () => parts.log.show()),
    ...verbs,
  );
};
