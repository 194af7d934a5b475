import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../hosts/exec.ts';
import { editorMain, editorNode, extensionsDirectory, root, runDirectory } from './places.ts';

/** Builds and packs, as for the Marketplace. */
export async function packVsix(directory: string): Promise<string> {
  const script = join(root, 'scripts', 'package.mjs');
  const { stdout } = await run(process.execPath, [script, '--only', 'extension', '--quiet', '--out', directory], {
    cwd: root,
  });
  return stdout.trim();
}

/** Installs it as a person does, into a folder of extensions that is empty otherwise. */
export async function installVsix(vsix: string, directory: string): Promise<void> {
  const data = join(directory, 'install-data');
  const args = ['--install-extension', vsix, '--force', '--extensions-dir', extensionsDirectory(directory)];
  await run(editorNode(), [editorMain(), ...args, '--server-data-dir', data, '--accept-server-license-terms'], {
    env: { ...process.env, EXTENSIONS_GALLERY: '{}' },
  });
}

/** The installed extension's folder. */
export async function installedExtension(): Promise<string> {
  const directory = extensionsDirectory(runDirectory());
  const name = (await readdir(directory)).find((one) => one.startsWith('agentworks.agentworks-'));
  if (name === undefined) throw new Error(`No Agentworks in ${directory}.`);
  return join(directory, name);
}
