import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Diagnostic, WorkspaceDiagnosticReport } from 'vscode-languageserver';
import type { ConfigProblem } from '../../src/core/config/model.ts';
import { keyPair } from '../config/load.ts';
import { program, TestClient } from './client.ts';
import { vscode } from './profiles.ts';
import { configPath, openState, writeFleet } from './state.ts';

const fixtures = join(import.meta.dirname, '..', 'config', 'fixtures');

let home = '';
let client: TestClient | undefined;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'agentworks-truth-'));
  const { publicKey, privateKey } = keyPair();
  mkdirSync(join(home, '.ssh'));
  for (const [name, text] of [
    ['id_ed25519.pub', publicKey],
    ['id_ed25519', privateKey],
  ] as const) {
    writeFileSync(join(home, '.ssh', name), text, { mode: 0o600 });
  }
  mkdirSync(dirname(configPath(home)), { recursive: true });
});
afterEach(async () => {
  await client?.stop();
  client = undefined;
  rmSync(home, { recursive: true, force: true });
});

/** What the packed program prints; it exits with 1 on errors. */
const checked = (): Promise<ConfigProblem[]> =>
  new Promise((resolve, reject) => {
    const env = { PATH: process.env.PATH ?? '', HOME: home, USERPROFILE: home };
    const args = [program, 'config', 'check', '--format', 'json'];
    execFile(process.execPath, args, { env, cwd: home, maxBuffer: 2 ** 26 }, (error, stdout) => {
      if (stdout === '') reject(error ?? new Error('nothing printed'));
      else resolve((JSON.parse(stdout) as { problems: ConfigProblem[] }).problems);
    });
  });

/** What the packed server says of every open file. */
async function shown(text: string): Promise<Diagnostic[]> {
  client = await TestClient.start({ capabilities: vscode, home });
  client.open(pathToFileURL(configPath(home)).href, text);
  const ask = { previousResultIds: [] };
  const { items } = await client.request<WorkspaceDiagnosticReport>('workspace/diagnostic', ask);
  expect(items).toHaveLength(1);
  const [report] = items;
  return report?.kind === 'full' ? report.items : [];
}

const places = (problems: readonly ConfigProblem[]): string[] =>
  problems.map(({ code, start }) => `${start.line - 1}:${start.column - 1} ${code}`).sort();
const shownPlaces = (diagnostics: readonly Diagnostic[]): string[] =>
  diagnostics.map(({ code, range: { start } }) => `${start.line}:${start.character} ${code}`).sort();

describe('the packed server and the packed program find the same', () => {
  test.each(readdirSync(fixtures))('in %s', async (name) => {
    const text = readFileSync(join(fixtures, name, 'config.toml'), 'utf8');
    writeFileSync(configPath(home), text);
    expect(shownPlaces(await shown(text))).toEqual(places(await checked()));
  });

  test('among templates that nothing was made from, as far as the state can be read', async () => {
    const text =
      ['both', 'unused'].map((name) => `[vm_templates.${name}]\n`).join('') +
      '[workspace_templates.site]\n[workspace_templates.old]\n';
    const isUnused = (place: string) => place.endsWith('unused-template');
    writeFileSync(configPath(home), text);
    expect(places(await checked()).filter(isUnused)).toEqual([]);
    const database = openState(home);
    await writeFleet(database, text);
    await database.close();
    const wanted = ['1:14 unused-template', '3:21 unused-template'];
    expect(places(await checked()).filter(isUnused)).toEqual(wanted);
    const diagnostics = await shown(text);
    expect(shownPlaces(diagnostics).filter(isUnused)).toEqual(wanted);
    expect(diagnostics.find(({ code }) => code === 'unused-template')).toMatchObject({ severity: 4, tags: [1] });
    writeFileSync(database.path, 'no database');
    expect(places(await checked()).filter(isUnused)).toEqual([]);
    await client?.stop();
    expect(shownPlaces(await shown(text)).filter(isUnused)).toEqual([]);
  });
});

test('a workspace that did not change is not sent again', async () => {
  await shown('[nonsense]\n');
  const uri = pathToFileURL(configPath(home)).href;
  const ask = (value: string) =>
    client?.request<WorkspaceDiagnosticReport>('workspace/diagnostic', { previousResultIds: [{ uri, value }] });
  const first = await ask('');
  const again = await ask(first?.items[0]?.resultId ?? '');
  expect(again?.items[0]?.kind).toBe('unchanged');
});
