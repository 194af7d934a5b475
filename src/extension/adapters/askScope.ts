import { AsyncLocalStorage } from 'node:async_hooks';
import type { Ask } from '../../core/ports/ask.ts';

/**
 * One engine serves all verbs of a window, and parts of it keep the `ask` that it was made with. Which verb a question
 * belongs to is therefore found by the chain of calls that it comes from.
 */
export interface AskScope {
  readonly ask: Ask;
  /** Questions from inside `work` go to `ask`. */
  within<T>(ask: Ask, work: () => Promise<T>): Promise<T>;
}

export function createAskScope(outside: Ask): AskScope {
  const current = new AsyncLocalStorage<Ask>();
  const here = (): Ask => current.getStore() ?? outside;
  return {
    ask: {
      get isInteractive() {
        return here().isInteractive;
      },
      text: (question) => here().text(question),
      choose: (question) => here().choose(question),
      confirm: (question) => here().confirm(question),
      secret: (question) => here().secret(question),
    },
    within: (ask, work) => current.run(ask, work),
  };
}
