import type { Command, Param } from '../../core/commands/command.ts';
import type { ValuesOf } from '../../core/completion/model.ts';
import type { Values } from '../parts.ts';
import type { ThingKind } from '../thing.ts';
import { hasReview, isRequired, openParams, type Page, pageOf, typedValue } from './pages.ts';
import { keyOf } from './subject.ts';

/** Where a page stands, for `2/4` and the button that goes back. */
export interface Place {
  step: number;
  steps: number;
}

export type FormAnswer =
  | { type: 'value'; value: string | string[] }
  | { type: 'skip' }
  | { type: 'make'; kind: ThingKind }
  | { type: 'back' }
  | { type: 'cancel' };

/** Draws one page and waits for what is done with it. */
export interface FormUi {
  ask(page: Page, place: Place): Promise<FormAnswer>;
  /** The last look: run it, see the plan first, or go back. */
  review(values: Values, place: Place): Promise<'run' | 'plan' | 'back' | 'cancel'>;
}

export interface FormParts {
  ui: FormUi;
  valuesOf: ValuesOf;
  /** Makes a thing on the way; its name, or undefined when that was given up. */
  make(kind: ThingKind): Promise<string | undefined>;
  showPlan(values: Values): Promise<void>;
}

const withoutGaps = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/** All that is still to be asked, as far as that can be told before the next answer. */
async function pagesOf(
  command: Command,
  values: Values,
  isGoingOn: boolean,
  valuesOf: ValuesOf,
): Promise<{ param: Param; page: Page }[]> {
  const open = openParams(command, values).filter((param) => !isGoingOn || isRequired(param));
  const found = open.map(async (param) => ({
    param,
    page: await pageOf(command, param, valuesOf),
  }));
  return (await Promise.all(found)).flatMap(({ param, page }) => (page === undefined ? [] : { param, page }));
}

/** Asks for what is missing, page after page, with a way back; undefined: given up. */
export async function fillIn(
  command: Command,
  given: Values,
  isReviewed: boolean,
  { ui, valuesOf, make, showPlan }: FormParts,
): Promise<Values | undefined> {
  const reviews = isReviewed && hasReview(command) ? 1 : 0;
  // Whoever names what is to be made goes on with it, or has said all that they want to say.
  const isGoingOn = command.params.some(
    ({ name, source }) => source?.kind === 'new' && given[keyOf({ name })] !== undefined,
  );
  const before: Values[] = [];
  let values = withoutGaps(given);
  for (;;) {
    const pages = await pagesOf(command, values, isGoingOn, valuesOf);
    const place = { step: before.length + 1, steps: before.length + pages.length + reviews };
    const [next] = pages;
    if (next === undefined) {
      if (reviews === 0) return withoutGaps(values);
      const choice = await ui.review(withoutGaps(values), place);
      if (choice === 'run') return withoutGaps(values);
      if (choice === 'cancel') return undefined;
      if (choice === 'plan') await showPlan(withoutGaps(values));
      else values = before.pop() ?? values;
      continue;
    }
    const { param, page } = next;
    const answer = await ui.ask(page, place);
    if (answer.type === 'cancel') return undefined;
    if (answer.type === 'back') {
      values = before.pop() ?? values;
      continue;
    }
    let value: unknown;
    if (answer.type === 'make') {
      const name = await make(answer.kind);
      if (name === undefined) continue;
      value = page.isMany ? [name] : name;
    } else if (answer.type === 'value') {
      value = typeof answer.value === 'string' && page.type === 'type' ? typedValue(param, answer.value) : answer.value;
    }
    before.push(values);
    values = { ...values, [page.key]: value };
  }
}
