import * as vscode from 'vscode';
import { commands as table } from '../../core/commands/table.ts';
import { titleOf } from '../../core/commands/title.ts';
import { type Freshness, serverCommands, type TemplateUsers } from '../../core/config/editorProtocol.ts';
import { templateKinds, templateSections } from '../../core/config/inherit.ts';
import type { Parts } from '../parts.ts';
import { pick } from '../pick.ts';
import { label } from '../text.ts';
import { verbsFor } from './userVerbs.ts';

const icons = { vm: '$(vm)', agent: '$(hubot)', workspace: '$(repo)', session: '$(terminal)' } as const;
const { l10n } = vscode;
const notes: Readonly<Record<Freshness, string>> = {
  current: '',
  outdated: l10n.t('outdated'),
  unknown: l10n.t('not known'),
};

interface Choice extends vscode.QuickPickItem {
  run(): Thenable<unknown>;
}

/** Arguments of a lens come from a file that anybody may have written. */
export function templateUsers(argument: unknown): TemplateUsers | undefined {
  const { uri, kind, template, users } = (argument ?? {}) as Partial<TemplateUsers>;
  if (typeof uri !== 'string' || typeof template !== 'string' || !Array.isArray(users)) return undefined;
  const known = templateKinds.find((each) => each === kind);
  if (known === undefined) return undefined;
  return { uri, kind: known, template, users: users.filter(({ name }) => typeof name === 'string') };
}

/** What the lens over a template leads to: who was made from it, and what can be done about each. */
export async function showUsers(parts: Parts, { uri, kind, template, users }: TemplateUsers): Promise<void> {
  const chosen = await choose(`[${templateSections[kind]}.${template}]`, [
    ...users.map(
      ({ name, freshness }): Choice => ({
        label: `${icons[kind]} ${label(name)}`,
        description: notes[freshness] ?? '',
        run: () => act(parts, kind, name, freshness),
      }),
    ),
    { label: '', kind: vscode.QuickPickItemKind.Separator, run: async () => {} },
    {
      label: `$(symbol-property) ${l10n.t('Show effective values')}`,
      run: () => vscode.commands.executeCommand(serverCommands.effective, uri, kind, template),
    },
    {
      label: `$(diff) ${l10n.t('Show what the file as edited would change')}`,
      run: () => vscode.commands.executeCommand(serverCommands.changes, uri),
    },
  ]);
  await chosen?.run();
}

async function act({ verbs }: Parts, kind: TemplateUsers['kind'], name: string, freshness: Freshness): Promise<void> {
  const choices = verbsFor(kind, freshness).flatMap((verb): Choice[] => {
    const command = table.find(({ id }) => id === verb);
    if (command === undefined) return [];
    return [{ label: titleOf(command), detail: command.summary, run: () => verbs.run(verb, { name }) }];
  });
  await (await choose(label(name), choices))?.run();
}

const choose = (title: string, choices: Choice[]): Thenable<Choice | undefined> =>
  pick(choices, { title: label(title), matchOnDescription: true });
