/** Lets messages that have come go first: they are read in this turn of the event loop, and answered before the next one's work. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
