import type { ProbedPane } from '../remote/probe.ts';

/**
 * What is asked of every pane. Numbers come first and the one free text last, so that nothing in it can pass for
 * another field; whatever does not look like this is no pane.
 */
export const paneFormat = [
  '#{pane_dead}',
  '#{pane_dead_status}',
  '#{pane_dead_signal}',
  '#{pane_dead_time}',
  '#{pane_pid}',
  '#{window_activity}',
  '#{session_attached}',
  '#{window_bell_flag}',
  '#{pane_current_command}',
].join('|');

const panePattern = /^([01]?)\|(\d{0,3})\|(\d{0,3})\|(\d{0,12})\|(\d{1,10})\|(\d{1,12})\|(\d{1,6})\|([01]?)\|(.*)$/;

/** Panes in a server's answer; other lines are dropped. The text is the server's own word: untrusted. */
export function parsePanes(answer: string): ProbedPane[] {
  const panes: ProbedPane[] = [];
  for (const line of answer.split('\n')) {
    const match = panePattern.exec(line);
    if (!match) continue;
    const [, dead, status, signal, diedAt, pid, activity, attached, bell, command] = match;
    const isDead = dead === '1';
    panes.push({
      isDead,
      exitCode: isDead ? exitCode(status ?? '', signal ?? '') : undefined,
      diedAt: isDead && diedAt !== '' ? Number(diedAt) : undefined,
      pid: Number(pid),
      command: (command ?? '').slice(0, 256),
      activityAt: Number(activity),
      attachedClients: Number(attached),
      hasBell: bell === '1',
    });
    if (panes.length === maximumPanes) break;
  }
  return panes;
}

/** More than anybody looks at; bounds what a faked server can make us keep. */
const maximumPanes = 64;

const exitCode = (status: string, signal: string): number | undefined => {
  if (status !== '') return Number(status);
  return signal === '' ? undefined : 128 + Number(signal);
};
