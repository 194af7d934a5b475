/** The lowest version whose options and formats the configuration uses. Debian 12 has 3.3a. */
export const minimumTmux = '3.3';

const emptiedTables = ['prefix', 'root', 'copy-mode', 'copy-mode-vi'];

/** Copy mode without its way out to a shell (`copy-pipe`) or to the command prompt. */
const copyModeKeys: ReadonlyArray<readonly [key: string, command: string]> = [
  ['q', 'cancel'],
  ['Escape', 'cancel'],
  ['Enter', 'copy-selection-and-cancel'],
  ['Space', 'begin-selection'],
  ['Up', 'cursor-up'],
  ['Down', 'cursor-down'],
  ['Left', 'cursor-left'],
  ['Right', 'cursor-right'],
  ['PPage', 'page-up'],
  ['NPage', 'page-down'],
  ['Home', 'history-top'],
  ['End', 'history-bottom'],
  ['WheelUpPane', '-N 5 scroll-up'],
  ['WheelDownPane', '-N 5 scroll-down'],
  ['MouseDrag1Pane', 'begin-selection'],
  ['MouseDragEnd1Pane', 'copy-selection-and-cancel'],
];

const copyBinding = (table: string, key: string, action: string): string => {
  const repeat = /^-N (\d+) (.*)$/.exec(action);
  const send = repeat ? `send-keys -X -N ${repeat[1]} ${repeat[2]}` : `send-keys -X ${action}`;
  return `bind-key -T ${table} ${key} ${send}`;
};

/** The line that tmux draws where a command has ended, by this configuration or its own; a narrow pane cuts it. */
export const isEndedLine = (line: string): boolean =>
  /^(?:Pane is dead \(|Ended(?: by signal \d+)?(?: with exit code \d+)?\. Detach)/.test(line);

/** Only what the program asks for reaches it; a pager without the mouse gets the keys that a plain terminal sends. */
const wheel = (key: string, arrow: string, otherwise: string): string =>
  `bind-key -T root ${key} if-shell -F "#{||:#{pane_in_mode},#{mouse_any_flag}}" "send-keys -M" { if-shell -F "#{alternate_on}" "send-keys -N 3 ${arrow}"${otherwise === '' ? '' : ` "${otherwise}"`} }`;

/**
 * Configuration of one session's server, loaded with `tmux -f` when the server starts. Keys are an allow-list:
 * detach, copy mode, page up, send-prefix and the wheel. The user's own `~/.tmux.conf` is not read: options there
 * (hooks, `remain-on-exit`, a status line, another prefix) would change what a status or a log means.
 * `remain-on-exit` keeps exit code and last screen of a command that ended. `set-clipboard external` lets copy mode
 * set the clipboard and refuses it to programs in the pane.
 */
export function sessionConf(options: { historyLimit: number }): string {
  return `${[
    ...emptiedTables.map((table) => `unbind-key -a -T ${table}`),
    'set-option -g prefix C-b',
    'set-option -g prefix2 None',
    `set-option -g history-limit ${Math.max(1, Math.trunc(options.historyLimit))}`,
    'set-option -g default-terminal tmux-256color',
    'set-option -sa terminal-features ",xterm*:RGB"',
    'set-option -g status off',
    'set-option -g mouse on',
    'set-option -s set-clipboard external',
    'set-option -s escape-time 10',
    'set-option -s exit-empty on',
    'set-option -g focus-events on',
    'set-option -g set-titles off',
    'set-option -g destroy-unattached off',
    'set-option -g detach-on-destroy on',
    'set-option -g visual-bell off',
    'set-option -g bell-action any',
    'set-option -g lock-after-time 0',
    'set-window-option -g window-size latest',
    'set-window-option -g aggressive-resize on',
    'set-window-option -g remain-on-exit on',
    'set-window-option -g remain-on-exit-format "Ended#{?pane_dead_signal, by signal #{pane_dead_signal},}#{?#{!=:#{pane_dead_status},}, with exit code #{pane_dead_status},}. Detach with C-b d; start it again with: agentworks session restart."',
    'set-window-option -g monitor-bell on',
    'set-window-option -g allow-rename off',
    'set-window-option -g automatic-rename off',
    'set-window-option -g mode-keys emacs',
    'bind-key -T prefix C-b send-prefix',
    'bind-key -T prefix d detach-client',
    'bind-key -T prefix [ copy-mode',
    'bind-key -T prefix PPage copy-mode -u',
    wheel('WheelUpPane', 'Up', 'copy-mode -e'),
    wheel('WheelDownPane', 'Down', ''),
    'bind-key -T root MouseDrag1Pane if-shell -F "#{||:#{pane_in_mode},#{mouse_any_flag}}" "send-keys -M" "copy-mode -M"',
    ...['copy-mode', 'copy-mode-vi'].flatMap((table) =>
      copyModeKeys.map(([key, action]) => copyBinding(table, key, action)),
    ),
  ].join('\n')}\n`;
}
