import * as vscode from 'vscode';
import { commands, verbCommand } from '../ids.ts';
import type { Parts } from '../parts.ts';
import { pick } from '../pick.ts';
import { label } from '../text.ts';
import type { Row } from './model.ts';

interface Choice extends vscode.QuickPickItem {
  run(): Thenable<unknown>;
}

/** Which machines give no answer and why, with what can be done about each. */
export async function showUnanswering(parts: Parts): Promise<void> {
  const rows = parts.fleet.state.rows.vm.filter((row) => row.stale !== undefined);
  if (rows.length === 0) {
    await vscode.window.showInformationMessage(vscode.l10n.t('Every VM that was asked answers.'));
    return;
  }
  const again = vscode.l10n.t('Ask again');
  const choices: Choice[] = rows.map((row) => ({
    label: label(row.name),
    description: label(row.view.detail),
    detail: label(row.stale?.reason ?? '', 500),
    iconPath: new vscode.ThemeIcon(row.view.icon),
    run: async () => actOn(row),
  }));
  const all: Choice = {
    label: again,
    iconPath: new vscode.ThemeIcon('refresh'),
    run: () => vscode.commands.executeCommand(commands.refresh),
  };
  const title = vscode.l10n.t('VMs that give no answer');
  await (await pick([all, ...choices], { title, matchOnDetail: true }))?.run();
}

async function actOn(row: Row): Promise<void> {
  const thing = { kind: row.kind, name: row.name };
  const verbs: readonly [title: string, verb: string, isOffered: boolean][] = [
    [vscode.l10n.t('Compare and trust its host key…'), 'vm.trust-host-key', row.stale?.code === 'host-key'],
    [vscode.l10n.t('Start it'), 'vm.start', row.view.verbs.includes('start')],
    [vscode.l10n.t('Describe it'), 'vm.describe', true],
    [vscode.l10n.t('Check the whole set-up'), 'doctor', true],
  ];
  const choices: Choice[] = [
    { label: vscode.l10n.t('Ask again'), run: () => vscode.commands.executeCommand(commands.refresh) },
    ...verbs.flatMap(([title, verb, isOffered]) =>
      isOffered
        ? [
            {
              label: title,
              run: () => vscode.commands.executeCommand(verbCommand(verb), verb === 'doctor' ? undefined : thing),
            },
          ]
        : [],
    ),
    { label: vscode.l10n.t('Show log'), run: () => vscode.commands.executeCommand(commands.showLog) },
  ];
  const placeHolder = label(row.stale?.reason ?? '', 500);
  await (await pick(choices, { title: label(row.name), placeHolder }))?.run();
}
