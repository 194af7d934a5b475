/** What is started as the language server. */
export interface ServerProgram {
  command: string;
  args: string[];
  env: Record<string, string | undefined>;
}

/**
 * The bundled command line on VS Code's own Node: no second server in the package, and no Node that has to be installed.
 * `env` is the extension host's, without what would make Node load or listen to something.
 */
export function serverProgram(
  execPath: string,
  programPath: string,
  env: Readonly<Record<string, string | undefined>>,
): ServerProgram {
  const { NODE_OPTIONS: _, ELECTRON_RUN_AS_NODE: __, ...rest } = env;
  return {
    command: execPath,
    args: [programPath, 'lsp', '--stdio'],
    env: { ...rest, ELECTRON_RUN_AS_NODE: '1' },
  };
}
