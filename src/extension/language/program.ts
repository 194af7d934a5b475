/** What is started as the language server. */
export interface ServerProgram {
  command: string;
  args: string[];
  env: Record<string, string | undefined>;
}

/**
 * The bundled command line on VS Code's own Node: no second server in the package, and no Node that has to be installed.
 * It gets the environment of the extension host, without what makes Node load or listen to something.
 */
export function serverProgram(given: {
  execPath: string;
  programPath: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Another configuration file than the usual one. */
  config: string | undefined;
}): ServerProgram {
  const { NODE_OPTIONS: _, ...env } = given.env;
  const config = given.config === undefined ? [] : ['--config', given.config];
  return {
    command: given.execPath,
    args: [given.programPath, ...config, 'lsp', '--stdio'],
    env: { ...env, ELECTRON_RUN_AS_NODE: '1' },
  };
}
