/** `npm run soak` runs in full what a test run samples: every test file that imports this one. */
export const isSoak = process.env.AGENTWORKS_SOAK === '1';

/** How often to repeat, or how long to go on: a sample in a test run, the whole in a soak. */
export const soak = (sample: number, whole: number): number => (isSoak ? whole : sample);
