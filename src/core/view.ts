import type { Tone } from './commands/output.ts';

/** How one thing is shown, everywhere. */
export interface ThingView<Verb extends string = string> {
  label: string;
  detail: string;
  /** Id of a codicon. */
  icon: string;
  tone: Tone;
  /** Lines; the first one says what it is and how it is. Text of machines is in it as it came. */
  tooltip: string;
  tags: readonly string[];
  /** What can be done with it now. */
  verbs: readonly Verb[];
}
