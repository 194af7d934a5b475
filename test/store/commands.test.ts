import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ParamValues } from '../../src/core/commands/command.ts';
import { stateCommands } from '../../src/core/commands/state/index.ts';
import type { Engine } from '../../src/core/engine.ts';
import { openDatabase } from '../../src/core/store/open.ts';
import { insertVm, listVms } from '../../src/core/vm/rows.ts';
import { nodeClock } from '../../src/node/nodeClock.ts';
import { createNodeFiles } from '../../src/node/nodeFiles.ts';
import { scriptedAsk, silentAsk } from '../fakes/ask.ts';
import { testContext } from '../fakes/context.ts';
import { vm } from './samples.ts';

const golden = fileURLToPath(new URL('./fixtures/v21.db', import.meta.url));
let folder = '';
let engine: Engine;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agw-state-'));
  const paths = { state: join(folder, 'state.db'), referenceState: join(folder, 'agentworks.db') };
  engine = {
    paths,
    clock: nodeClock,
    files: createNodeFiles(folder),
    ask: silentAsk,
    database: openDatabase({ path: paths.state, clock: nodeClock }),
  } as unknown as Engine;
});
afterEach(async () => {
  await engine.database.close();
  await rm(folder, { recursive: true });
});

async function run(id: string, params: ParamValues = {}, isJson = false) {
  const command = stateCommands.find((one) => one.id === id);
  if (command === undefined) throw new Error(`no verb ${id}`);
  return command.run(engine, params, { ...testContext(), streams: undefined, isJson });
}
const dataOf = async (id: string, params: ParamValues = {}) =>
  (await run(id, params)).data as Record<string, unknown> & { file: { counts: Record<string, number> } | null };
const addVm = async (name: string): Promise<void> => engine.database.write((w) => insertVm(w, vm(name)));
const vmNames = async (): Promise<string[]> => engine.database.read((r) => listVms(r).map(({ name }) => name));

describe('reading verbs', () => {
  it.each(['state.status', 'state.check', 'state.events'])(
    '%s creates nothing, and works before there is a state',
    async (id) => {
      await copyFile(golden, engine.paths.referenceState);
      await run(id);
      expect(await readdir(folder)).toEqual(['agentworks.db']);
    },
  );

  it('status says what is there and how the other file stands', async () => {
    expect(await dataOf('state.status')).toMatchObject({ file: null, reference: { standing: 'absent' } });
    await copyFile(golden, engine.paths.referenceState);
    await addVm('box');
    expect(await dataOf('state.status')).toMatchObject({ reference: { standing: 'unread' }, lastImport: null });
    await run('state.import');
    const data = await dataOf('state.status');
    expect(data).toMatchObject({ reference: { standing: 'unchanged' }, lastImport: { report: { version: 21 } } });
    expect(data.file?.counts).toMatchObject({ vms: 10, workspaces: 4, agents: 2, grants: 2, sessions: 3, events: 4 });
  });

  it('status and check tell of damage; check fails with the way back', async () => {
    await addVm('one');
    await addVm('two');
    await writeFile(engine.paths.state, (await readFile(engine.paths.state)).subarray(0, 1024));
    expect(await run('state.status')).toMatchObject({ type: 'record' });
    await expect(run('state.check')).rejects.toMatchObject({
      code: 'state',
      hint: expect.stringContaining('state restore'),
    });
  });

  it('events are filtered and the newest are kept', async () => {
    await copyFile(golden, engine.paths.referenceState);
    await run('state.import');
    const names = async (params: ParamValues) =>
      ((await run('state.events', params)).data as { event: string }[]).map(({ event }) => event);
    expect(await names({})).toEqual(['provisioning_started', 'provisioning_started', 'init_failed', 'imported']);
    expect(await names({ kind: 'state' })).toEqual(['imported']);
    expect(await names({ vm: 'dev', limit: 1 })).toEqual(['init_failed']);
  });
});

describe('import and export', () => {
  it('a dry run names what an import then does', async () => {
    await copyFile(golden, engine.paths.referenceState);
    const dry = await dataOf('state.import', { dryRun: true });
    expect(await readdir(folder)).toEqual(['agentworks.db']);
    expect(await dataOf('state.import')).toEqual({ ...dry, isDryRun: false });
  });

  it('export refuses to replace a file, and its own state whatever is said', async () => {
    await addVm('box');
    const path = join(folder, 'out.db');
    await run('state.export', { path });
    await expect(run('state.export', { path })).rejects.toMatchObject({ code: 'exists' });
    await run('state.export', { path, force: true });
    await expect(run('state.export', { path: engine.paths.state, force: true })).rejects.toMatchObject({
      code: 'refused',
    });
    await writeFile(`${path}-wal`, 'x');
    await expect(run('state.export', { path, force: true })).rejects.toMatchObject({ code: 'refused' });
  });
});

describe('restore', () => {
  it('asks, puts the last copy back and keeps the file before', async () => {
    await addVm('one');
    await addVm('two');
    await expect(run('state.restore')).rejects.toMatchObject({ code: 'needs-input' });
    const dry = await run('state.restore', { dryRun: true });
    expect(dry).toMatchObject({ type: 'message', text: expect.stringContaining('Would put') });
    (engine as { ask: unknown }).ask = scriptedAsk([false]);
    await expect(run('state.restore')).rejects.toMatchObject({ code: 'aborted' });
    expect(await vmNames()).toEqual(['one', 'two']);
    const { keptAs } = await dataOf('state.restore', { yes: true });
    expect(await vmNames()).toEqual(['one']);
    await run('state.restore', { yes: true, path: String(keptAs) });
    expect(await vmNames()).toEqual(['one', 'two']);
  });
});
