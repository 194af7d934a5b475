import * as vscode from 'vscode';
import { titleOf } from '../../core/commands/title.ts';
import { label, notice } from '../text.ts';
import type { FormAnswer, FormUi, Place } from './form.ts';
import type { Page } from './pages.ts';

const { l10n, QuickInputButtons } = vscode;

interface Row extends vscode.QuickPickItem {
  answer: FormAnswer;
}

/** What every page has: where it stands, a way back, and an end when it is closed. */
function prepare<T extends FormAnswer | string>(
  input: vscode.QuickPick<vscode.QuickPickItem> | vscode.InputBox,
  title: string,
  { step, steps }: Place,
  settle: (answer: T) => void,
  back: T,
  cancel: T,
): void {
  input.title = title;
  input.step = step;
  input.totalSteps = steps;
  input.ignoreFocusOut = true;
  if (step > 1) input.buttons = [QuickInputButtons.Back, ...input.buttons];
  input.onDidTriggerButton((button) => {
    if (button === QuickInputButtons.Back) settle(back);
  });
  input.onDidHide(() => settle(cancel));
}

/** Shows it until something settles it. */
async function shown<T>(input: vscode.QuickInput, attach: (settle: (answer: T) => void) => void): Promise<T> {
  try {
    return await new Promise<T>((resolve) => {
      attach(resolve);
      input.show();
    });
  } finally {
    input.dispose();
  }
}

const separator = { kind: vscode.QuickPickItemKind.Separator, label: '' };

function rowsOf(page: Extract<Page, { type: 'choose' }>): (Row | vscode.QuickPickItem)[] {
  const rows: (Row | vscode.QuickPickItem)[] = page.candidates.map(
    ({ value, help }): Row => ({
      label: label(value),
      description: label(help),
      answer: { type: 'value', value: page.isMany ? [value] : value },
    }),
  );
  if (page.canSkip) {
    const text =
      page.defaultText === undefined ? l10n.t('Leave it open') : l10n.t('Default: {0}', label(page.defaultText));
    rows.unshift({ label: `$(circle-slash) ${text}`, answer: { type: 'skip' } } satisfies Row);
  }
  if (page.canMake !== undefined) {
    const text = titleOf({ id: `${page.canMake}.create` });
    rows.push(separator, { label: `$(add) ${text}…`, answer: { type: 'make', kind: page.canMake } } satisfies Row);
  }
  return rows;
}

const answerOf = (row: Row | vscode.QuickPickItem | undefined): FormAnswer | undefined =>
  row !== undefined && 'answer' in row ? row.answer : undefined;

function choose(page: Extract<Page, { type: 'choose' }>, title: string, place: Place): Promise<FormAnswer> {
  const input = vscode.window.createQuickPick<Row | vscode.QuickPickItem>();
  input.items = rowsOf(page);
  input.placeholder = notice(page.help);
  input.matchOnDescription = true;
  input.canSelectMany = page.isMany && page.candidates.length > 0;
  return shown<FormAnswer>(input, (settle) => {
    prepare<FormAnswer>(input, title, place, settle, { type: 'back' }, { type: 'cancel' });
    input.onDidAccept(() => {
      const answers = input.selectedItems.flatMap((row) => answerOf(row) ?? []);
      const special = answers.find(({ type }) => type !== 'value');
      const values = answers.flatMap((answer) => (answer.type === 'value' ? answer.value : []));
      const [first] = values;
      if (special !== undefined) settle(special);
      else if (first !== undefined) settle({ type: 'value', value: page.isMany ? values : first });
    });
  });
}

const browse: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon('folder-opened'),
  tooltip: l10n.t('Browse…'),
};

function type(page: Extract<Page, { type: 'type' }>, title: string, place: Place): Promise<FormAnswer> {
  const input = vscode.window.createInputBox();
  input.value = page.initial;
  input.valueSelection = [0, page.initial.length];
  input.prompt = notice(page.help);
  input.placeholder = page.canSkip
    ? page.defaultText === undefined
      ? l10n.t('Leave it empty if there is none')
      : l10n.t('Empty: {0}', label(page.defaultText))
    : '';
  if (page.canBrowse) input.buttons = [browse];
  const check = (): boolean => {
    const problem = page.check(input.value);
    const severity = problem?.isFatal === false ? 'Warning' : 'Error';
    input.validationMessage =
      problem === undefined
        ? undefined
        : { message: notice(problem.text), severity: vscode.InputBoxValidationSeverity[severity] };
    return problem?.isFatal !== true;
  };
  return shown<FormAnswer>(input, (settle) => {
    prepare<FormAnswer>(input, title, place, settle, { type: 'back' }, { type: 'cancel' });
    input.onDidChangeValue(check);
    input.onDidAccept(() => {
      if (!check()) return;
      settle(input.value.trim() === '' ? { type: 'skip' } : { type: 'value', value: input.value });
    });
    input.onDidTriggerButton(async (button) => {
      if (button !== browse) return;
      const [chosen] = (await vscode.window.showOpenDialog({ canSelectFiles: true, canSelectFolders: true })) ?? [];
      if (chosen !== undefined) input.value = chosen.fsPath;
      check();
    });
  });
}

/** Forms as quick picks and input boxes, one after the other. */
export const quickInput = (title: string): FormUi => ({
  ask: (page, place) => (page.type === 'choose' ? choose(page, title, place) : type(page, title, place)),
  review: async (values, place) => {
    const input = vscode.window.createQuickPick();
    const run = { label: `$(play) ${title}`, detail: label(summaryOf(values), 500) };
    const plan = { label: `$(list-ordered) ${l10n.t('Show plan first')}`, detail: l10n.t('Changes nothing') };
    input.items = [run, plan];
    return shown<'run' | 'plan' | 'back' | 'cancel'>(input, (settle) => {
      prepare<'run' | 'plan' | 'back' | 'cancel'>(input, title, place, settle, 'back', 'cancel');
      input.onDidAccept(() => settle(input.selectedItems[0] === plan ? 'plan' : 'run'));
    });
  },
});

/** `name: web · vm: dev` */
const summaryOf = (values: Record<string, unknown>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key}: ${Array.isArray(value) ? value.join(', ') : String(value)}`)
    .join(' · ');
