import { command, type Script } from '../remote/quote.ts';

/** Which server: a socket, or undefined for the account's default server (sessions that the reference started). */
export type TmuxServer = string | undefined;

/**
 * A tmux client's argument list. `-S` names the socket; the default server is named by `-L default`, since tmux then
 * checks who owns the directory. `-u`: UTF-8 whatever the locale says.
 */
export const tmuxArgv = (server: TmuxServer, ...args: string[]): string[] => [
  'tmux',
  '-u',
  ...(server === undefined ? ['-L', 'default'] : ['-S', server]),
  ...args,
];

/** `tmuxArgv` as one command line. */
export const tmuxCommand = (server: TmuxServer, ...args: string[]): Script => command(tmuxArgv(server, ...args));

/** An exact session, for attach, has-session and kill-session: without `=`, `-t claude` also finds `claude-two`. */
export const exactSession = (name: string): string => `=${name}`;

/**
 * An exact session for everything that takes a window or a pane. Without the colon, tmux first looks for a window of
 * that name in whatever session was used last; list-panes is among these, even with `-s`.
 */
export const exactPane = (name: string): string => `=${name}:`;
