import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Engine } from '../../src/core/engine.ts';
import { createWorkspace } from '../../src/core/workspace/service.ts';
import { createNodeEngine } from '../../src/node/createEngine.ts';
import { silentAsk } from '../fakes/ask.ts';
import { testContext } from '../fakes/context.ts';

let home: string;
let engine: Engine;
const git = (...args: string[]): void => {
  execFileSync('git', ['-c', 'user.name=me', '-c', 'user.email=me@example.invalid', '-C', join(home, 'src'), ...args]);
};
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'agentworks-local-'));
  engine = createNodeEngine({ ask: silentAsk, env: { PATH: process.env.PATH, HOME: home }, version: '0.0.0-test' });
  await engine.files.makeDirectory(engine.paths.home);
  await writeFile(engine.paths.config, '');
  await mkdir(join(home, 'src'));
});
afterEach(async () => {
  await engine.close();
  await rm(home, { recursive: true, force: true });
});

it('a local workspace from a folder without .git says what to do, and leaves no row', async () => {
  const request = { name: 'web', isLocal: true, repo: join(home, 'src') };
  await expect(createWorkspace(engine, request, testContext())).rejects.toMatchObject({
    message: expect.stringContaining('it has no .git'),
    hint: expect.stringContaining('init'),
  });
});

it('a branch that the local repository lacks is named before cloning', async () => {
  git('init', '-q');
  git('commit', '-q', '--allow-empty', '-m', 'one');
  const request = { name: 'web', isLocal: true, repo: join(home, 'src'), branch: 'nope' };
  await expect(createWorkspace(engine, request, testContext())).rejects.toThrow("no branch or tag 'nope'");
});

it('a relative --repo is on record as the folder that it was', async () => {
  git('init', '-q');
  git('commit', '-q', '--allow-empty', '-m', 'one');
  await writeFile(join(home, 'src', 'new'), '');
  const context = testContext();
  const repo = relative(process.cwd(), join(home, 'src'));
  const { workspace } = await createWorkspace(engine, { name: 'web', isLocal: true, repo }, context);
  expect(workspace.repo).toBe(join(home, 'src'));
  expect(context.events.some((event) => event.type === 'warning' && event.text.startsWith('1 uncommitted'))).toBe(true);
});
