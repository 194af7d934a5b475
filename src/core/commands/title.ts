import type { Command } from './command.ts';

const nouns: Readonly<Record<string, string>> = { vm: 'VM' };

/** `Stop session`, `List VMs`: a verb as the title of a command. */
export function titleOf({ id, title }: Pick<Command, 'id' | 'title'>): string {
  if (title !== undefined) return title;
  const words = id.split('.');
  const verb = (words.at(-1) ?? '').replaceAll('-', ' ');
  const group = words.at(-2) ?? '';
  const noun = nouns[group] ?? group.replaceAll('-', ' ');
  const text = `${verb} ${noun}${verb === 'list' ? 's' : ''}`.trim();
  return text.charAt(0).toUpperCase() + text.slice(1);
}
