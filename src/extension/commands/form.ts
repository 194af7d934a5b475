import * as vscode from 'vscode';
import type { Command, Param } from '../../core/commands/command.ts';
import { titleOf } from '../../core/commands/title.ts';
import { valuesFrom } from '../../core/completion/values.ts';
import type { Parts, Values } from '../parts.ts';
import { keyOf } from './subject.ts';

const isRequired = (param: Param): boolean => param.type === 'text' && param.isRequired === true;

/** The values with those that were missing and cannot be left out; undefined when the operator gave up. */
export async function askMissing(parts: Parts, command: Command, given: Values): Promise<Values | undefined> {
  const values = { ...given };
  const valuesOf = valuesFrom(await parts.engine());
  for (const param of command.params) {
    if (!isRequired(param) || values[keyOf(param)] !== undefined) continue;
    const candidates = param.source === undefined ? [] : await valuesOf(param.source, command.id);
    const title = titleOf(command);
    const answer =
      candidates.length > 0
        ? (
            await vscode.window.showQuickPick(
              candidates.map(({ value, help }) => ({ label: value, description: help })),
              { title, placeHolder: param.help },
            )
          )?.label
        : await vscode.window.showInputBox({ title, prompt: param.help });
    if (answer === undefined || answer === '') return undefined;
    values[keyOf(param)] = param.type === 'text' && param.isList === true ? [answer] : answer;
  }
  return values;
}
