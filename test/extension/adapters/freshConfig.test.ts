import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { freshConfig } from '../../../src/extension/adapters/freshConfig.ts';
import { createNodeEngine } from '../../../src/node/createEngine.ts';
import { silentAsk } from '../../fakes/ask.ts';

it('the engine of a window reads a configuration that was edited since, and reads it once for questions at once', async () => {
  const home = mkdtempSync(join(tmpdir(), 'agentworks-fresh-'));
  const engine = createNodeEngine({ ask: silentAsk, env: { HOME: home, PATH: process.env.PATH }, version: '0' });
  let now = 0;
  const keepFresh = freshConfig(() => now);
  const write = (text: string) => {
    mkdirSync(dirname(engine.paths.config), { recursive: true });
    writeFileSync(engine.paths.config, text);
  };
  const templates = async () => {
    keepFresh(engine.config);
    return (await engine.config.load()).templateNames.vm;
  };
  try {
    await expect(templates()).rejects.toThrow('no configuration file');
    now += 1_000;
    write('[vm_templates.one]\n');
    const first = await templates();
    expect(first).toContain('one');
    write('[vm_templates.two]\n');
    expect(await templates()).toEqual(first);
    now += 1_000;
    expect(await templates()).toContain('two');
  } finally {
    await engine.close();
    rmSync(home, { recursive: true, force: true });
  }
});
