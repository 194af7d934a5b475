import { access, constants, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Engine } from '../../engine.ts';
import { plural, sizeText } from '../../text.ts';
import type { Check, GroupOfChecks } from '../model.ts';

const gib = 2 ** 30;
/** An image and the first gigabytes of one disk. */
const wantedBytes = 5 * gib;
const manyLogsBytes = 500 * 2 ** 20;
const manySalvagesBytes = 10 * gib;

/** The nearest folder that exists already. */
async function existing(engine: Engine, path: string): Promise<string> {
  const parent = dirname(path);
  return parent === path || (await engine.files.info(path)) !== undefined ? path : existing(engine, parent);
}

async function space(engine: Engine, name: string, path: string): Promise<Check> {
  const folder = await existing(engine, path);
  const isWritable = await access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!isWritable) {
    const hint = 'Make it writable, or set AGENTWORKS_HOME to another folder.';
    return { name, status: 'fail', message: `${folder} cannot be written`, hint };
  }
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const message = `${sizeText(free)} free for ${path}`;
  return free < wantedBytes
    ? { name, status: 'warn', message, hint: 'A machine needs some gigabytes; free some space or move the folder.' }
    : { name, status: 'ok', message };
}

async function logs(engine: Engine): Promise<Check> {
  const names = (await engine.files.list(engine.paths.logs)).filter((name) => name.endsWith('.log'));
  const infos = await Promise.all(names.map((name) => engine.files.info(join(engine.paths.logs, name))));
  const bytes = infos.reduce((sum, info) => sum + (info?.size ?? 0), 0);
  const message = `${plural(names.length, 'file')}, ${sizeText(bytes)} in ${engine.paths.logs}`;
  return { name: 'Operation logs', status: bytes > manyLogsBytes ? 'info' : 'ok', message };
}

async function salvages(engine: Engine): Promise<Check> {
  const { listSalvages, salvageRoot } = await import('../../salvage/folder.ts');
  const all = await listSalvages(engine);
  const bytes = all.reduce((sum, one) => sum + one.bytes, 0);
  const damaged = all.filter((one) => one.status === 'damaged').map((one) => one.folder);
  const message = `${plural(all.length, 'salvage')}, ${sizeText(bytes)} in ${salvageRoot(engine)}`;
  if (damaged.length > 0) {
    return { name: 'Salvages', status: 'warn', message: `${message}; damaged: ${damaged.join(', ')}` };
  }
  const hint = 'Old ones can go: agentworks salvage prune';
  return bytes > manySalvagesBytes
    ? { name: 'Salvages', status: 'info', message, hint }
    : { name: 'Salvages', status: 'ok', message };
}

export const disk: GroupOfChecks = {
  name: 'Disk',
  look: async (engine) => [
    await space(engine, 'Machines', engine.paths.vms),
    await space(engine, 'Images', engine.paths.cache),
    await logs(engine),
    await salvages(engine),
  ],
};
