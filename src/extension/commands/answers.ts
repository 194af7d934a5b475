import type { Ask } from '../../core/ports/ask.ts';

/** One answer that was given, to be given again when the same is asked after a reload. Never a secret. */
export type Answer =
  | { type: 'text'; message: string; value: string }
  | { type: 'choose'; message: string; label: string }
  | { type: 'confirm'; message: string; details: readonly string[]; value: boolean };

/** How the answers of one verb are kept. */
export interface AnswerBook {
  readonly answers: readonly Answer[];
  /** Kept before the verb goes on with it. */
  add(answer: Answer): Promise<void>;
  /** A question is shown, or no more. */
  setAsking(isAsking: boolean): Promise<void>;
}

/**
 * Asks through `inner`, except for what was answered before: the same question, and for a consent nothing more to agree to
 * than what was agreed to then.
 */
export function remembering(inner: Ask, book: AnswerBook): Ask {
  const unused = [...book.answers];
  const take = <T extends Answer['type']>(
    type: T,
    isSame: (answer: Extract<Answer, { type: T }>) => boolean,
  ): Extract<Answer, { type: T }> | undefined => {
    const index = unused.findIndex((one) => one.type === type && isSame(one as Extract<Answer, { type: T }>));
    return index < 0 ? undefined : (unused.splice(index, 1)[0] as Extract<Answer, { type: T }>);
  };
  const asking = async <T>(ask: () => Promise<T>): Promise<T> => {
    await book.setAsking(true);
    try {
      return await ask();
    } finally {
      await book.setAsking(false);
    }
  };
  return {
    get isInteractive() {
      return inner.isInteractive;
    },
    text: async (question) => {
      const { message, validate } = question;
      const known = take('text', (one) => one.message === message && validate?.(one.value) === undefined);
      if (known !== undefined) return known.value;
      const value = await asking(() => inner.text(question));
      await book.add({ type: 'text', message, value });
      return value;
    },
    choose: async (question) => {
      const { message, choices } = question;
      const known = take(
        'choose',
        (one) => one.message === message && choices.some(({ label }) => label === one.label),
      );
      const same = choices.find(({ label }) => label === known?.label);
      if (same !== undefined) return same.value;
      const value = await asking(() => inner.choose(question));
      const chosen = choices.find((one) => one.value === value);
      if (chosen !== undefined) await book.add({ type: 'choose', message, label: chosen.label });
      return value;
    },
    confirm: async (question) => {
      const { message, details = [] } = question;
      const known = take(
        'confirm',
        (one) => one.message === message && details.every((line) => one.details.includes(line)),
      );
      if (known !== undefined) return known.value;
      const value = await asking(() => inner.confirm(question));
      await book.add({ type: 'confirm', message, details, value });
      return value;
    },
    secret: (question) => asking(() => inner.secret(question)),
  };
}
