import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { settings } from '../../src/extension/ids.ts';
import type { Parts } from '../../src/extension/parts.ts';
import { putOnPath } from '../../src/extension/terminals/path.ts';
import { editor, Uri } from '../fakes/vscode.ts';

let storage: string;
let path: string | undefined;
const errors: string[] = [];
const memory = new Map<string, unknown>();

/** What VS Code has of each window: the memory is that of all, and survives an update of the extension. */
const parts = (extension = '/ext/agentworks-0.3.0'): Parts =>
  ({
    context: {
      extension: { extensionKind: 2 },
      extensionUri: Uri.file(extension),
      globalStorageUri: Uri.file(storage),
      globalState: {
        get: (key: string) => memory.get(key),
        update: async (key: string, value: unknown) => void memory.set(key, value),
      },
      environmentVariableCollection: {
        clear: () => {
          path = undefined;
        },
        prepend: (_name: string, value: string) => {
          path = value;
        },
      },
    },
    log: { error: (text: string) => void errors.push(text) },
  }) as unknown as Parts;

const bin = (): string => join(storage, 'bin');
const shim = (name = 'agentworks'): string => readFileSync(join(bin(), name), 'utf8');

beforeEach(() => {
  editor.reset();
  memory.clear();
  errors.length = 0;
  path = undefined;
  storage = mkdtempSync(join(tmpdir(), 'agentworks-path-'));
});
afterEach(() => rmSync(storage, { recursive: true, force: true }));

it('puts both names of the program on PATH', async () => {
  await putOnPath(parts());
  expect(readdirSync(bin()).sort()).toEqual(['agentworks', 'agw']);
  expect(shim()).toContain('/ext/agentworks-0.3.0/dist/agentworks.cjs');
  expect(path).toBe(`${bin()}:`);
});

it('leaves what is there to the next window, and makes anew what is gone', async () => {
  await putOnPath(parts());
  writeFileSync(join(bin(), 'agentworks'), 'as it was');
  await putOnPath(parts());
  expect(shim()).toBe('as it was');
  rmSync(join(bin(), 'agw'));
  await putOnPath(parts());
  expect(shim('agw')).toContain('exec');
  expect(shim()).toContain('exec');
});

it('names the CLI of the extension that was updated', async () => {
  await putOnPath(parts());
  await putOnPath(parts('/ext/agentworks-0.4.0'));
  expect(shim()).toContain('/ext/agentworks-0.4.0/');
});

it('takes itself off PATH where it is not wanted', async () => {
  await putOnPath(parts());
  editor.settings.set(settings.addToPath, false);
  await putOnPath(parts());
  expect(path).toBeUndefined();
});

it('says that nothing can be written there, and tries again', async () => {
  writeFileSync(join(storage, 'bin'), 'a file');
  await putOnPath(parts());
  expect([path, errors.length]).toEqual([undefined, 1]);
  rmSync(join(storage, 'bin'));
  await putOnPath(parts());
  expect(path).toBe(`${bin()}:`);
});
