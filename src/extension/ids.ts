import { serverCommands, showUsersCommand } from '../core/config/editorProtocol.ts';

/** Every name that VS Code knows us by, once. `manifest.ts` writes them into package.json; code registers them from here. */

export const extensionId = 'agentworks.agentworks';
export const prefix = 'agentworks';

export const views = {
  vms: 'agentworks.vms',
  workspaces: 'agentworks.workspaces',
  agents: 'agentworks.agents',
  sessions: 'agentworks.sessions',
  /** Instead of the others, in a window inside a machine that we manage. */
  inside: 'agentworks.inside',
} as const;
export const viewContainer = 'agentworks';
export const walkthroughId = 'start';

/** Verbs of the command table are `agentworks.<verb id>`; these are what an editor has beside them. */
export const commands = {
  showLog: 'agentworks.showLog',
  showPlan: 'agentworks.showPlan',
  forgetSecrets: 'agentworks.forgetSecrets',
  refresh: 'agentworks.refresh',
  filter: 'agentworks.filter',
  clearFilter: 'agentworks.clearFilter',
  groupByVm: 'agentworks.groupSessionsByVm',
  groupByWorkspace: 'agentworks.groupSessionsByWorkspace',
  ungroup: 'agentworks.showSessionsAsList',
  showUnanswering: 'agentworks.showUnansweringVms',
  showStatus: 'agentworks.showStatus',
  showEffective: serverCommands.effective,
  showChanges: serverCommands.changes,
  showCatalog: serverCommands.catalog,
  showUsers: showUsersCommand,
  restartLanguageServer: 'agentworks.restartLanguageServer',
  writeSchema: 'agentworks.writeSchema',
  openFile: 'agentworks.openFile',
  refreshOutput: 'agentworks.refreshOutput',
  copyDiagnostics: 'agentworks.copyDiagnostics',
  openWalkthrough: 'agentworks.openWalkthrough',
  createQemuVm: 'agentworks.createQemuVm',
  adoptHost: 'agentworks.adoptHost',
  createSessionHere: 'agentworks.createSessionHere',
  installInPath: 'agentworks.installInPath',
  uninstallFromPath: 'agentworks.uninstallFromPath',
  openWorkspaceHere: 'agentworks.openWorkspaceHere',
  openWorkspaceAs: 'agentworks.openWorkspaceAs',
  openWorkspaceFile: 'agentworks.openWorkspaceFile',
} as const;

/** Of no use to people, so not in the manifest. */
export const internalCommands = {
  /** Shows the row of a thing: `{ kind, name }`. */
  reveal: 'agentworks.reveal',
} as const;

/** Tools that language models may call; all only read. */
export const tools = {
  list: 'agentworks_list',
  status: 'agentworks_status',
  template: 'agentworks_template',
  sessionOutput: 'agentworks_session_output',
} as const;

/** URI schemes of documents that we provide. */
export const schemes = {
  text: 'agentworks-text',
  /** Files of workspaces, read-only. */
  files: 'agentworks',
  /** The live screen of a session. */
  screen: 'agentworks-screen',
  /** What a session printed. */
  output: 'agentworks-output',
  /** What the language server writes. A file system goes before any provider of documents, so not `agentworks`. */
  config: 'agentworks-config',
} as const;

export const settings = {
  configFile: 'agentworks.configFile',
  home: 'agentworks.home',
  refreshSeconds: 'agentworks.refreshSeconds',
  groupSessions: 'agentworks.groupSessions',
  notifications: 'agentworks.notifications',
  watchInBackground: 'agentworks.watchInBackground',
  storeSecrets: 'agentworks.storeSecrets',
  addToPath: 'agentworks.terminals.addToPath',
  clipboard: 'agentworks.terminals.clipboard',
} as const;

/** Of the list behind the `+` of the terminal view. */
export const terminalProfiles = {
  session: 'agentworks.sessionTerminal',
  shell: 'agentworks.shellTerminal',
} as const;

/** Of the CLI in terminals. */
export const programNames = ['agentworks', 'agw'] as const;

/** Beside the commands and views: what VS Code keeps or shows under a name of ours. */
export const statusBarItem = 'agentworks.status';
export const memories = {
  toldLooks: 'agentworks.toldLooks',
  /** Program and CLI that our commands on PATH were written for. */
  commandsWrittenFor: 'agentworks.commandsWrittenFor',
} as const;

export const contextKeys = {
  /** `loading`, `ready`, `empty`, `unreachable` or `error`; see trees/model.ts. */
  fleet: 'agentworks.fleet',
  isFiltered: 'agentworks.isFiltered',
  hasUnanswering: 'agentworks.hasUnansweringVms',
  isInsideVm: 'agentworks.isInsideVm',
  hasConfig: 'agentworks.hasConfig',
  hasReferenceState: 'agentworks.hasReferenceState',
  hasVm: 'agentworks.hasVm',
  hasWorkspace: 'agentworks.hasWorkspace',
  hasAgent: 'agentworks.hasAgent',
  hasSession: 'agentworks.hasSession',
} as const;

/** The id that a verb of the command table has in the palette and in menus. */
export const verbCommand = (verb: string): string => `${prefix}.${verb}`;
export const verbOf = (command: string): string => command.slice(prefix.length + 1);
