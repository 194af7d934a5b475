/** Every name that VS Code knows us by, once. `manifest.ts` writes them into package.json; code registers them from here. */

export const extensionId = 'agentworks.agentworks';
export const prefix = 'agentworks';

export const views = {
  vms: 'agentworks.vms',
  workspaces: 'agentworks.workspaces',
  agents: 'agentworks.agents',
  sessions: 'agentworks.sessions',
} as const;
export const viewContainer = 'agentworks';

/** Verbs of the command table are `agentworks.<verb id>`; these are what an editor has beside them. */
export const commands = {
  showLog: 'agentworks.showLog',
} as const;

export const settings = {
  configFile: 'agentworks.configFile',
  home: 'agentworks.home',
} as const;

export const contextKeys = {
  isReady: 'agentworks.isReady',
} as const;

/** The id that a verb of the command table has in the palette and in menus. */
export const verbCommand = (verb: string): string => `${prefix}.${verb}`;
