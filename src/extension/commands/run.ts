import * as vscode from 'vscode';
import type { Command, ParamValues } from '../../core/commands/command.ts';
import type { Output } from '../../core/commands/output.ts';
import { commands as table } from '../../core/commands/table.ts';
import { titleOf } from '../../core/commands/title.ts';
import { valuesFrom } from '../../core/completion/values.ts';
import { AppError, toAppError } from '../../core/errors.ts';
import { editorAsk } from '../adapters/ask.ts';
import type { AskScope } from '../adapters/askScope.ts';
import type { Parts, RunOptions, Values } from '../parts.ts';
import { label } from '../text.ts';
import { type Answer, type AnswerBook, remembering } from './answers.ts';
import { argvOf } from './argv.ts';
import type { TextDocuments } from './documents.ts';
import { showError } from './errors.ts';
import { fillIn } from './form.ts';
import { quickInput } from './formUi.ts';
import type { Entry, Journal } from './journal.ts';
import { outputText, showOutput } from './output.ts';
import { subjectOf } from './subject.ts';
import { withProgress } from './work.ts';

export interface RunParts {
  parts: Parts;
  scope: AskScope;
  documents: TextDocuments;
  journal: Journal;
  takenOver: ((values: Values) => Promise<void>) | undefined;
  /** A verb has ended well. */
  ended(verb: string, values: Values, output: Output): void;
}

export function commandOf(verb: string): Command {
  const command = table.find(({ id }) => id === verb);
  if (command === undefined) throw new AppError('internal', `There is no verb '${verb}'.`);
  return command;
}

/** `Stop VM dev`. */
export function titleFor(command: Command, values: Values): string {
  const subject = subjectOf(command, values);
  return label(subject === undefined ? titleOf(command) : `${titleOf(command)} ${subject}`);
}

const hasPlan = (command: Command): boolean => command.params.some(({ name }) => name === 'dry-run');

/** Answers to the questions of a plan; the verb itself is not asked them again. */
const memoryBook = (answers: Answer[]): AnswerBook => ({
  answers,
  add: async (answer) => void answers.push(answer),
  setAsking: async () => undefined,
});

/** What the verb would do, as it says itself; nothing is changed. */
export async function planOf(run: RunParts, command: Command, values: Values, answers: Answer[]): Promise<Output> {
  const title = vscode.l10n.t('Plan: {0}', titleFor(command, values));
  const ask = remembering(editorAsk(title, undefined), memoryBook(answers));
  return withProgress(run, command, title, { ...values, dryRun: true } as ParamValues, ask);
}

async function showPlan(run: RunParts, command: Command, values: Values, answers: Answer[]): Promise<void> {
  try {
    const output = await planOf(run, command, values, answers);
    await run.documents.show(vscode.l10n.t('Plan: {0}', titleFor(command, values)), await outputText(output));
  } catch (error) {
    // The question that the plan belongs to stays open.
    showError(run.parts, titleFor(command, values), toAppError(error), { command, values }, () => undefined);
  }
}

/** Runs a verb to its end with everything that people see of it. Never throws. */
export async function runVerb(
  run: RunParts,
  command: Command,
  given: Values,
  options: RunOptions = {},
): Promise<Output | undefined> {
  const answers: Answer[] = [];
  let values = given;
  let entry: Entry | undefined;
  try {
    const engine = await run.parts.engine();
    const filled = await fillIn(command, given, options.isQuiet !== true && run.takenOver === undefined, {
      ui: quickInput(label(titleOf(command))),
      valuesOf: valuesFrom(engine),
      make: async (kind) => nameIn(await run.parts.verbs.run(`${kind}.create`, {}, { isQuiet: true })),
      showPlan: (now) => showPlan(run, command, now, answers),
    });
    if (filled === undefined) return undefined;
    values = filled;
    if (run.takenOver !== undefined || command.isInteractive === true) {
      if (run.takenOver !== undefined) await run.takenOver(values);
      else await run.parts.terminals.open(command.id, argvOf(command, values));
      run.ended(command.id, values, { type: 'nothing' });
      return { type: 'nothing' };
    }
    if (command.effect !== 'read') entry = await run.journal.begin(command.id, values);
  } catch (error) {
    fail(run, command, values, options, error);
    return undefined;
  }
  // What the plan was told is told to the verb; a consent is given to what is then.
  entry?.answers.push(...answers.filter(({ type }) => type !== 'confirm'));
  return perform(run, command, values, options, entry);
}

/** From the point where everything is given: asks what the engine asks, works, shows the result or the error. */
export async function perform(
  run: RunParts,
  command: Command,
  values: Values,
  options: RunOptions,
  entry: Entry | undefined,
): Promise<Output | undefined> {
  const title = options.title ?? titleFor(command, values);
  const book = entry === undefined ? memoryBook([]) : run.journal.bookOf(entry);
  const offer = {
    show: () => showPlan(run, command, values, []),
    isFirst: command.effect === 'destroy',
  };
  const plan = hasPlan(command) && command.effect !== 'read' ? offer : undefined;
  try {
    const ask = remembering(editorAsk(title, plan), book);
    const output = await withProgress(run, command, title, values as ParamValues, ask);
    run.ended(command.id, values, output);
    if (options.isQuiet !== true) await showOutput(run.documents, title, output);
    return output;
  } catch (error) {
    fail(run, command, values, options, error);
    return undefined;
  } finally {
    if (entry !== undefined) await run.journal.end(entry);
  }
}

function fail(run: RunParts, command: Command, values: Values, options: RunOptions, error: unknown): void {
  // What a closing window breaks off goes on in the next one.
  if (run.journal.isClosed) return;
  showError(run.parts, titleFor(command, values), toAppError(error), { command, values }, (more) => {
    void run.parts.verbs.run(command.id, more, options);
  });
}

/** The name of what a create has made. */
function nameIn(output: Output | undefined): string | undefined {
  const name = (output?.data as { name?: unknown } | undefined)?.name;
  return typeof name === 'string' ? name : undefined;
}
