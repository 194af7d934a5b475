import { insert, join, operatorScript, quote, type Script, sh } from '../remote/quote.ts';
import type { Step } from '../remote/recipe.ts';
import { exactPane, tmuxArgv } from '../tmux/argv.ts';
import { sessionConf } from '../tmux/conf.ts';
import { paneFormat } from '../tmux/parse.ts';
import { logDirectory, sessionPlace } from './place.ts';
import { asAccount } from './scripts.ts';
import { hasSocketFolder, makeSocketFolder } from './socketFolder.ts';
import type { SessionCommand } from './template.ts';

/** Everything that starting a session needs to know; nothing is looked up later. */
export interface SessionStart {
  session: string;
  /** Linux user that owns the server. */
  account: string;
  agent: string | undefined;
  workspace: string;
  workspacePath: string;
  vm: string;
  command: SessionCommand;
  historyLimit: number;
}

/** Each of the two files of a log; the older one is replaced. */
const logBytes = 4 * 1024 * 1024;

/**
 * A command that ends within this time after its begin is reported with its last screen. Ticks of 50 ms. Login shells
 * take their time on a slow machine: until the command has begun it is given more of them.
 */
const settleTicks = 4;
const beginTicks = 100;

/** A program and plain arguments: nothing that only a shell understands. */
const plainCommand = /^(?!\w*=)[\w./+-]+( +(?:[\w./+=:,@%-]+|'[^'\n]*'))*$/;
const shellWords = new Set(
  'alias bg break builtin case cd command continue coproc declare echo eval exec exit export false fg for function getopts hash if let local logout popd print printf pushd read readonly return select set shift source test time times trap true type typeset ulimit umask unalias unset until wait while . :'.split(
    ' ',
  ),
);

/** `exec` where it changes nothing: the program is then what tmux names, and gets the signals itself. */
const execPrefix = (text: string): string => {
  const [word = ''] = text.split(' ');
  return plainCommand.test(text) && !shellWords.has(word) ? 'exec ' : '';
};

const shellOfAccount = sh`unset INVOCATION_ID JOURNAL_STREAM SYSTEMD_EXEC_PID MANAGERPID
SHELL=$(getent passwd "$(id -un)" | cut -d: -f7)
case "$SHELL" in '' | */nologin | */false) SHELL=/bin/bash ;; esac
export SHELL
# Without any file of its own zsh asks a person to make some, and waits.
case "$SHELL" in
  */zsh) [ -e ~/.zshrc ] || [ -e ~/.zshenv ] || [ -e ~/.zprofile ] || [ -e ~/.zlogin ] || : >~/.zshrc ;;
esac
`;

const exports = (values: Record<string, string>): Script =>
  join(Object.entries(values).map(([name, value]) => sh`export ${insert(operatorScript(name))}=${value}`));

const identity = (start: SessionStart): Record<string, string> => ({
  AGENTWORKS_SESSION: start.session,
  AGENTWORKS_WORKSPACE: start.workspace,
  AGENTWORKS_WORKSPACE_PATH: start.workspacePath,
  ...(start.agent === undefined ? {} : { AGENTWORKS_AGENT: start.agent }),
  AGENTWORKS_VM: start.vm,
});

const enter = (path: string): Script => sh`cd -- ${path} || { echo "Cannot enter $(printf %s ${path})."; exit 126; }`;

/**
 * The pane's own script. With a command, the login shell first reads its files as an interactive one, so that PATH
 * is what the user has; then the environment of the template is set, over whatever these files set; then the login
 * shell runs the command as a script.
 */
function paneScript(start: SessionStart): Script {
  const place = sessionPlace(start.account, start.session);
  const next =
    start.command.text === ''
      ? sh`. ${place.environment}
exec "$SHELL" -l`
      : sh`exec "$SHELL" -lic ${sh`exec /bin/bash ${place.environment}`}`;
  return join([
    sh`rm -f -- ${place.pane}`,
    enter(start.workspacePath),
    shellOfAccount,
    exports(identity(start)),
    next,
    sh``,
  ]);
}

function environmentScript(start: SessionStart): Script {
  const place = sessionPlace(start.account, start.session);
  const lines = [sh`rm -f -- ${place.environment}`, exports(start.command.env)];
  if (start.command.text !== '') lines.push(enter(start.workspacePath), sh`exec "$SHELL" ${place.text}`);
  return join([...lines, sh``]);
}

function textScript(start: SessionStart): string {
  const place = sessionPlace(start.account, start.session);
  // The operator's own text, from the template.
  return `rm -f -- ${quote(place.text)}\n${execPrefix(start.command.text)}${start.command.text}\n`;
}

/** Appends its input to a file of bounded size; the last full one is kept beside it. */
const loggerScript = (logName: string): Script => sh`umask 077
d=$HOME/${logDirectory}
mkdir -p -m 0700 -- "$d" && cd -- "$d" || exit 1
f=${logName}
while :; do
  size=$(stat -c %s -- "$f" 2>/dev/null || echo 0)
  if [ "$size" -ge ${logBytes} ]; then mv -f -- "$f" "$f.1"; size=0; fi
  stdbuf -o0 head -c "$((${logBytes} - size))" >>"$f" || exit 1
  [ "$(stat -c %s -- "$f")" -ge ${logBytes} ] || exit 0
done
`;

function launchScript(start: SessionStart): Script {
  const place = sessionPlace(start.account, start.session);
  const argv = tmuxArgv(place.socket, 'new-session', '-d', '-s', start.session, '-n', start.session);
  const size = ['-x', '200', '-y', '50'];
  const log = [';', 'pipe-pane', '-t', `=${start.session}:`, `exec /bin/sh ${quote(place.logger)}`];
  const [tmux = 'tmux', ...rest] = argv;
  return sh`exec 2>${place.complaints} </dev/null >/dev/null
${insert(shellOfAccount)}cd -- ${start.workspacePath} || exit 126
exec ${[tmux, '-f', place.conf, ...rest, ...size, '/bin/bash', place.pane, ...log]}
`;
}

/** Names of the secrets that `startSteps` needs. */
export const startSecrets = (start: SessionStart): Record<string, string> => ({
  SESSION_ENVIRONMENT: environmentScript(start),
  SESSION_COMMAND: textScript(start),
});

/** Steps that start a session's server. It fails when a server of that name answers already. */
export function startSteps(start: SessionStart): Step[] {
  const { account, session } = start;
  const place = sessionPlace(account, session);
  const own = { account };
  return [
    {
      id: 'session-folder',
      title: `Make the folder of ${account}'s sessions`,
      as: 'root',
      check: { script: hasSocketFolder(account) },
      apply: makeSocketFolder(account),
    },
    {
      id: 'session-files',
      title: `Prepare session ${session}`,
      as: own,
      check: 'always',
      secrets: ['SESSION_ENVIRONMENT', 'SESSION_COMMAND'],
      timeoutSeconds: 20,
      files: [
        { path: place.conf, content: sessionConf({ historyLimit: start.historyLimit }), mode: 0o600 },
        { path: place.launch, content: launchScript(start), mode: 0o600 },
        { path: place.pane, content: paneScript(start), mode: 0o600 },
        { path: place.logger, content: loggerScript(place.logName), mode: 0o600 },
      ],
      apply: sh`umask 077
(cd -- ${start.workspacePath}) 2>/dev/null || { echo ${`${account} cannot enter ${start.workspacePath}.`}; exit 1; }
command -v tmux >/dev/null || { echo "tmux is not installed."; exit 1; }
if [ -e ${place.socket} ]; then
  code=0
  timeout -s KILL 3 ${tmuxArgv(place.socket, 'list-sessions')} >/dev/null 2>&1 || code=$?
  case $code in
    0) echo ${`A tmux server of ${account} already answers at ${place.socket}.`}; exit 1 ;;
    137) echo ${`A process of ${account} holds ${place.socket} and does not answer.`}; exit 1 ;;
  esac
  rm -f -- ${place.socket}
fi
rm -f -- ${[place.environment, place.text, place.complaints]}
cat -- "$AW_SECRET_SESSION_ENVIRONMENT" >${place.environment}
cat -- "$AW_SECRET_SESSION_COMMAND" >${place.text}`,
    },
    {
      id: 'session-start',
      title: `Start session ${session}`,
      as: 'root',
      check: 'always',
      timeoutSeconds: 60,
      apply: sh`${insert(asAccount)}
uid=$(id -u -- ${account})
if [ -d /run/systemd/system ]; then
  systemctl stop ${place.unit} 2>/dev/null || true
  systemctl reset-failed ${place.unit} 2>/dev/null || true
  code=0
  systemd-run --quiet --collect --unit=${place.unit} --description=${`Agentworks session ${session}`} --slice="user-$uid.slice" --uid=${account} --property=Type=forking --property=TimeoutStartSec=20 --property=TimeoutStopSec=10 --property=SendSIGHUP=yes --property=OOMPolicy=continue --setenv=LANG=C.UTF-8 -- /bin/bash ${place.launch} || code=$?
else
  code=0
  as_account 20 ${account} setsid /bin/bash ${place.launch} || code=$?
fi
if [ "$code" -ne 0 ]; then
  as_account 2 ${account} head -c 2000 ${place.complaints} || true
  echo "tmux could not be started."
  exit 1
fi`,
    },
    {
      id: 'session-check',
      title: `See what session ${session} does`,
      as: 'root',
      check: 'always',
      timeoutSeconds: 30,
      apply: checkScript(start),
    },
  ];
}

/**
 * Results: `state` (`running`, `dead`, `gone`, or `silent`: tmux did not answer), `panes` (lines of the pane format),
 * `screen` of a dead one, `pid` and `start` of the server.
 */
function checkScript(start: SessionStart): Script {
  const { account, session } = start;
  const place = sessionPlace(account, session);
  const panes = tmuxArgv(place.socket, 'list-panes', '-s', '-t', exactPane(session), '-F', paneFormat);
  const screen = tmuxArgv(place.socket, 'capture-pane', '-p', '-J', '-S', '-200', '-t', exactPane(session));
  return sh`${insert(asAccount)}
d=$(mktemp -d "$(dirname -- "$AW_RESULT")/session.XXXXXX")
trap 'rm -rf -- "$d"' EXIT
left=${settleTicks}
state=silent
for _ in $(seq ${beginTicks}); do
  sleep 0.05
  code=0
  as_account 5 ${account} ${panes} >"$d/panes" || code=$?
  case $code in 0) ;; 137) continue ;; *) state=gone; break ;; esac
  case "$(head -c 4 "$d/panes")" in
    '0|'*) state=running ;;
    # Dead without a code: tmux has seen the end of the terminal, not yet that of the process, whose signal it
    # sometimes misses (3.3a). The end of any other child makes it look again.
    '1|||') state=dead; as_account 5 ${account} ${tmuxArgv(place.socket, 'run-shell', '-b', ':')} || true ;;
    *) state=dead; break ;;
  esac
  [ "$state" = running ] || continue
  if [ ! -e ${start.command.text === '' ? place.environment : place.text} ]; then left=$((left - 1)); fi
  [ "$left" -gt 0 ] || break
done
aw_result state "$state"
aw_result panes "$(head -c 8192 "$d/panes")"
if [ "$state" = dead ]; then
  as_account 5 ${account} ${screen} >"$d/screen" || true
  aw_result screen "$(tail -c 16384 "$d/screen")"
fi
pid=$(systemctl show -p MainPID --value ${place.unit} 2>/dev/null) || pid=0
if [ "\${pid:-0}" -le 1 ]; then
  as_account 2 ${account} ${tmuxArgv(place.socket, 'display-message', '-p', '#{pid}')} >"$d/pid" || true
  pid=$(head -c 10 "$d/pid" | tr -cd 0-9)
fi
if [ "\${pid:-0}" -gt 1 ] && [ "$(stat -c %U "/proc/$pid" 2>/dev/null)" = ${account} ]; then
  aw_result pid "$pid"
  aw_result start "$(process_start "$pid")"
fi`;
}
