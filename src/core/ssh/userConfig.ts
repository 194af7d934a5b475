import { dirname, posix } from 'node:path';
import { AppError } from '../errors.ts';
import { matchesGlob } from '../glob.ts';

/*
 * Edits of the operator's own ~/.ssh/config, as text in and text out. Only our lines change; everything else keeps
 * its bytes, line ends included.
 */

const comment = '# Added by agentworks';
export const blockStart = '# --- Managed by agentworks. Do not edit below this line. ---';
export const blockEnd = '# --- End of what agentworks manages. ---';

const lineEnd = (text: string): string => (text.includes('\r\n') ? '\r\n' : '\n');
const splitLines = (text: string): string[] => text.split(/(?<=\n)/);
const bare = (line: string | undefined): string => (line ?? '').replace(/\r?\n$/, '').trim();

export interface Place {
  /** Absolute path of the operator's file. */
  configPath: string;
  /** Absolute path of our own file. */
  ownPath: string;
  home: string;
}

/** Does an `Include` that counts for every host reach our file? One after a `Host` or `Match` belongs to that section. */
export async function isIncluded(text: string, place: Place): Promise<boolean> {
  const { default: SSHConfig } = await import('ssh-config');
  let lines: Iterable<{ type: number; param?: string; value?: unknown }>;
  try {
    lines = SSHConfig.parse(text);
  } catch (cause) {
    throw new AppError('config', `${place.configPath} cannot be read as an SSH configuration.`, {
      hint: 'Correct it (`ssh -G example` shows where), then run: agentworks config sync-ssh-config',
      cause,
    });
  }
  for (const line of lines) {
    const name = line.param?.toLowerCase();
    if (name === 'host' || name === 'match') return false;
    if (name === 'include' && words(line.value).some((pattern) => matches(pattern, place))) return true;
  }
  return false;
}

const words = (value: unknown): string[] => {
  if (typeof value === 'string') return value.match(/"[^"]*"|\S+/g)?.map((word) => word.replace(/^"|"$/g, '')) ?? [];
  return Array.isArray(value) ? value.map((word) => String((word as { val: unknown }).val)) : [];
};

/** As OpenSSH reads it: `~` is the home, other relative paths are below ~/.ssh, `*` and `?` stay within a name. */
function matches(pattern: string, { ownPath, home }: Place): boolean {
  const slashed = (path: string): string => path.replaceAll('\\', '/');
  const expanded = pattern.startsWith('~/')
    ? slashed(home) + pattern.slice(1)
    : /^(?:\/|[A-Za-z]:[\\/])/.test(pattern)
      ? slashed(pattern)
      : `${slashed(home)}/.ssh/${slashed(pattern)}`;
  return matchesGlob(posix.normalize(expanded), slashed(ownPath), '/');
}

/** Our one line at the very top, where it counts for every host. `shown` is the path as ssh reads it. */
export function addInclude(text: string, shown: string): string {
  const end = lineEnd(text);
  const mark = text.startsWith('\ufeff') ? '\ufeff' : '';
  const rest = text.slice(mark.length);
  return `${mark}${comment}${end}Include ${shown}${end}${rest === '' ? '' : end}${rest}`;
}

/** Takes exactly our line out again, with its comment and the blank line after it. Other `Include` lines stay. */
export function removeInclude(text: string, shown: string): string {
  const lines = splitLines(text);
  const at = lines.findIndex((line) => bare(line) === `Include ${shown}`);
  if (at < 0) return text;
  const from = at > 0 && bare(lines[at - 1]) === comment ? at - 1 : at;
  const to = bare(lines[at + 1]) === '' ? at + 2 : at + 1;
  const mark = from === 0 && text.startsWith('\ufeff') ? '\ufeff' : '';
  return [mark, ...lines.slice(0, from), ...lines.slice(to)].join('');
}

/**
 * Takes our block out. One without an end mark was written by the reference, which takes everything to the end of
 * the file as its own; only lines it would have written are removed, since people add theirs below.
 */
export function removeBlock(text: string, path: string, isOurAlias: (alias: string) => boolean): string {
  const lines = splitLines(text);
  const starts = lines.flatMap((line, i) => (bare(line) === blockStart ? [i] : []));
  const [start] = starts;
  if (start === undefined) return text;
  const marked = lines.findIndex((line, i) => i > start && bare(line) === blockEnd);
  if (starts.length > 1) {
    throw new AppError('config', `${path} has ${starts.length} blocks that say they are managed by agentworks.`, {
      hint: 'Remove all but one of them, then run: agentworks config sync-ssh-config',
    });
  }
  const end = marked >= 0 ? marked + 1 : unmarkedEnd(lines, start + 1, isOurAlias);
  const before = lines.slice(0, start);
  // The blank line that stood between the operator's part and ours.
  if (bare(before.at(-1)) === '' && before.length > 0) before.pop();
  return [...before, ...lines.slice(end)].join('');
}

function unmarkedEnd(lines: readonly string[], from: number, isOurAlias: (alias: string) => boolean): number {
  let end = from;
  for (let i = from; i < lines.length; i++) {
    const line = bare(lines[i]);
    const host = /^Host (\S+)$/.exec(line)?.[1];
    const isOurs = host === undefined ? /^(?:HostName|User|IdentityFile) \S/.test(line) : isOurAlias(host);
    if (isOurs) end = i + 1;
    else if (line !== '') break;
  }
  return end;
}

/** Our block at the end of the file. */
export function addBlock(text: string, entries: string): string {
  const end = lineEnd(text);
  const body = [blockStart, ...entries.split('\n'), blockEnd].join(end);
  const separator = text === '' ? '' : text.endsWith('\n') ? end : end + end;
  return `${text}${separator}${body}${end}`;
}

/** Beside the operator's file, in the folder that the reference uses too. */
export const ownPathFor = (configPath: string): string => `${dirname(configPath)}/config.d/agentworks.conf`;
