import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../hosts/exec.ts';
import { editorMain, editorNode, root, runDirectory } from './driver/places.ts';

it('the extension is upgraded over an older one, and uninstalled', async () => {
  const directory = await mkdtemp(join(runDirectory(), 'in-'));
  const code = async (...args: string[]): Promise<string> => {
    const places = ['--extensions-dir', join(directory, 'extensions'), '--server-data-dir', join(directory, 'data')];
    const env = { ...process.env, EXTENSIONS_GALLERY: '{}' };
    const all = [editorMain(), ...args, ...places, '--accept-server-license-terms'];
    return (await run(editorNode(), all, { env })).stdout;
  };
  const listed = async (): Promise<string[]> =>
    (await code('--list-extensions', '--show-versions')).split('\n').filter((line) => line.startsWith('agentworks'));
  const pack = async (...args: string[]): Promise<string> => {
    const script = [join(root, 'scripts', 'package.mjs'), '--only', 'extension', '--quiet', '--out', directory];
    return (await run(process.execPath, [...script, ...args], { cwd: root })).stdout.trim();
  };
  await code('--install-extension', await pack('--version', '0.2.9'));
  expect(await listed()).toEqual(['agentworks.agentworks@0.2.9']);
  await code('--install-extension', await pack('--version', '0.3.99'));
  expect(await listed()).toEqual(['agentworks.agentworks@0.3.99']);
  await code('--uninstall-extension', 'agentworks.agentworks');
  expect(await listed()).toEqual([]);
}, 120_000);
