/** More lines would make a modal that leaves the screen; the plan has them all. */
const mostLines = 20;

/** `Delete`, where the question begins with what will be done; undefined where it asks whether something is so. */
export function buttonFor(message: string): string | undefined {
  const sentences = message.split(/(?<=[.?!])\s+/);
  const question = sentences.find((sentence) => sentence.endsWith('?')) ?? '';
  const [first = ''] = question.split(' ');
  return /^(?:Is|Are|Do|Does|May|Should|Was|Has|Have|Can)$/.test(first) || !/^[A-Z][a-z-]+$/.test(first)
    ? undefined
    : first;
}

export const linesFor = (details: readonly string[], more: (count: number) => string): string[] =>
  details.length <= mostLines
    ? [...details]
    : [...details.slice(0, mostLines - 1), more(details.length - mostLines + 1)];
