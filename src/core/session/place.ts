import { createHash } from 'node:crypto';

/** Root's, 0711: accounts pass through to their own folder and see no other's. */
export const socketRoot = '/run/agentworks/agent-tmux-sockets';

/** A unix socket path holds 107 bytes; imported names can be longer than ours. */
const maximumSocketPath = 107;

/** Where the parts of a session are on its VM. All but the log are in memory and in a folder of its account. */
export interface SessionPlace {
  directory: string;
  socket: string;
  /** Configuration of the tmux server. */
  conf: string;
  /** Starts the server. */
  launch: string;
  /** What the pane runs: enters the workspace and the login shell. */
  pane: string;
  /** Environment of the command; removes itself. */
  environment: string;
  /** The command as a script of the login shell; removes itself. */
  text: string;
  /** Takes what the pane prints. */
  logger: string;
  /** What tmux complained about at its start. */
  complaints: string;
  /** Below the account's home. */
  logName: string;
  /** systemd unit of the server. */
  unit: string;
}

const short = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 20);

export const logDirectory = '.local/state/agentworks/sessions';

/** Same socket path as the reference uses, so that either finds the other's; a hash where it would be too long. */
export function sessionPlace(account: string, session: string): SessionPlace {
  const directory = `${socketRoot}/${account}`;
  const isPlain = /^[a-z0-9_-]+$/.test(session);
  const stem =
    isPlain && Buffer.byteLength(`${directory}/${session}.sock`) <= maximumSocketPath ? session : short(session);
  const at = (ending: string): string => `${directory}/${stem}.${ending}`;
  return {
    directory,
    socket: at('sock'),
    conf: at('conf'),
    launch: at('launch'),
    pane: at('pane'),
    environment: at('env'),
    text: at('command'),
    logger: at('logger'),
    complaints: at('err'),
    logName: `${stem}.log`,
    // Names hold hyphens, never a colon: 'a' with 'b-c' is not 'a-b' with 'c'.
    unit: `agentworks-session-${account}:${stem}.service`,
  };
}
