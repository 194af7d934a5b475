/** Text of a file or a machine inside Markdown: as code, in a fence that it cannot close, it is no heading, link or HTML. */
export function inlineCode(text: string): string {
  const shown = oneLine(text);
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const pad = shown.startsWith('`') || shown.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${shown}${pad}${fence}`;
}

export function codeBlock(text: string, language = 'toml'): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

/** Text of a file in a comment or a label of ours: it stays on its line. */
export const oneLine = (text: string): string => withoutControls(text).replaceAll('\n', ' ');

const withoutControls = (text: string): string => text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, ' ');

/** Paragraphs, without the ones that are not there. */
export const paragraphs = (...parts: (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join('\n\n');
