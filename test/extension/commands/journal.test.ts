import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newOwner } from '../../../src/core/store/lockOwner.ts';
import { Journal } from '../../../src/extension/commands/journal.ts';
import { createNodeFiles } from '../../../src/node/nodeFiles.ts';

let directory: string;
const open: Journal[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'agentworks-journal-'));
});
afterEach(() => {
  for (const journal of open.splice(0)) journal.close();
  rmSync(directory, { recursive: true, force: true });
});

const window = (): Journal => {
  const journal = new Journal(join(directory, 'unfinished'), createNodeFiles(directory));
  open.push(journal);
  return journal;
};
const files = (): string[] => readdirSync(join(directory, 'unfinished'));

/** A process id that was alive a moment ago, as an extension host that has ended. */
async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

/** As if the window that wrote the entries were gone. */
async function forsake(): Promise<void> {
  const owner = { ...(await newOwner(0)), pid: await endedPid() };
  for (const name of files()) {
    const path = join(directory, 'unfinished', name);
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), owner }));
  }
}

describe('the journal', () => {
  it('has a verb from before its start until its end, for nobody else to read', async () => {
    const journal = window();
    const entry = await journal.begin('vm.delete', { name: 'dev' });
    const [name = ''] = files();
    const path = join(directory, 'unfinished', name);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ verb: 'vm.delete', values: { name: 'dev' } });
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
    await journal.end(entry);
    expect(files()).toEqual([]);
  });

  it('leaves a verb of a window that lives alone', async () => {
    await window().begin('vm.delete', { name: 'dev' });
    expect(await window().takeOver(Date.now())).toEqual([]);
    expect(files()).toHaveLength(1);
  });

  it('gives a verb of a window that is gone to one window only, with its answers', async () => {
    const first = window();
    const entry = await first.begin('vm.delete', { name: 'dev' });
    const answer = { type: 'text', message: 'Name', value: 'x' } as const;
    await first.bookOf(entry).add(answer);
    await first.bookOf(entry).setAsking(true);
    first.close();
    await forsake();
    const [a, b] = [window(), window()];
    const found = (await Promise.all([a.takeOver(Date.now()), b.takeOver(Date.now())])).flat();
    expect(found).toHaveLength(1);
    expect(found[0]?.entry).toEqual({ ...entry, answers: [answer], isAsking: true });
    expect(files()).toHaveLength(1);
    // It is a window's again; nobody takes it a second time.
    expect(await window().takeOver(Date.now())).toEqual([]);
  });

  it('says how long the window has been silent', async () => {
    const first = window();
    await first.begin('vm.delete', { name: 'dev' });
    first.close();
    await forsake();
    const [left] = await window().takeOver(Date.now() + 3_600_000);
    expect(left?.silentMs).toBeGreaterThan(3_500_000);
  });

  it('keeps what is under way when the window goes, whatever breaks then', async () => {
    const journal = window();
    const entry = await journal.begin('vm.create', { name: 'dev' });
    journal.close();
    await journal.end(entry);
    expect(files()).toHaveLength(1);
  });

  it('does not write again what has ended', async () => {
    const journal = window();
    const entry = await journal.begin('vm.create', { name: 'dev' });
    const late = journal.bookOf(entry).setAsking(true);
    await Promise.all([journal.end(entry), late]);
    await journal.bookOf(entry).setAsking(false);
    expect(files()).toEqual([]);
  });

  it('lets alone what it does not know', async () => {
    const journal = window();
    await journal.end(await journal.begin('vm.create', {}));
    for (const name of ['x.json', 'readme', `${'a'.repeat(16)}~${'b'.repeat(16)}.json`]) {
      writeFileSync(join(directory, 'unfinished', name), '{"id":1');
    }
    expect(await journal.takeOver(Date.now())).toEqual([]);
    expect(files()).toHaveLength(3);
  });
});
