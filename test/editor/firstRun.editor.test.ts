import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { atDesk } from './driver/desk.ts';
import type { Operator } from './driver/operator.ts';
import type { EditorServer } from './driver/server.ts';
import type { Workbench } from './driver/workbench.ts';

describe('somebody who begins', () => {
  let operator: Operator;
  let server: EditorServer;
  let workbench: Workbench;
  let config: string;
  let written: string;

  atDesk(
    (desk) => {
      ({ operator, server, workbench } = desk);
    },
    {
      prepare: async ({ home }) => {
        config = join(home, '.config', 'agentworks', 'config.toml');
        written = await readFile(config, 'utf8');
        await rm(config);
      },
    },
  );

  const step = (id: string, isDone: boolean) =>
    workbench.page.locator(`[data-done-step-id$="${id}"][aria-checked="${isDone}"]`).first();

  it('is led by a walkthrough, whose pictures are there', async () => {
    await workbench.run('Agentworks: Get started');
    await workbench.page.locator('.getting-started-step', { hasText: 'Look at this machine' }).first().waitFor();
    await step('machine', false).waitFor();
    await step('config', false).waitFor();
    // The state of the Python CLI is not here, so there is no step for it.
    expect(await workbench.page.locator('[data-done-step-id$="import"]').count()).toBe(0);
    // Beside the steps only where there is room.
    await workbench.press('Control+b');
    const picture = workbench.page.frameLocator('iframe.webview').frameLocator('iframe');
    await picture.locator('svg title', { hasText: 'A list of checks' }).first().waitFor({ state: 'attached' });
    await workbench.picture('walkthrough');
    await workbench.press('Control+b');
  });

  it('is asked before the configuration is written, and a no writes nothing', async () => {
    await workbench.run('Agentworks: Open configuration');
    await workbench.dialog.waitFor();
    await workbench.press('Escape');
    await workbench.dialog.waitFor({ state: 'detached' });
    expect(existsSync(config)).toBe(false);
  });

  it('gets the sample to edit, and the step is ticked off', async () => {
    await workbench.run('Agentworks: Open configuration');
    await workbench.confirm('Create it');
    await workbench.page.locator('.tabs-container .tab', { hasText: 'config.toml' }).waitFor();
    expect(await readFile(config, 'utf8')).toContain('[operator]');
    await workbench.page
      .locator('.statusbar-item[id="status.editor.mode"]', { hasText: 'Agentworks configuration' })
      .waitFor();
    await workbench.picture('config');
    await workbench.run('Agentworks: Get started');
    await step('config', true).waitFor();
    await step('vm', false).waitFor();
  });

  it('sees the steps ticked off that a terminal did', async () => {
    await writeFile(config, written);
    await operator.agentworks(...operator.adoption('box'));
    await workbench.showAgentworks();
    // The keys were not there when the window read the sample; it asks the machine with those of now.
    await workbench.row('VM', 'box', 'running').waitFor();
    await workbench.run('Agentworks: Get started');
    await step('vm', true).waitFor();
    await step('workspace', false).waitFor();
    await workbench.picture('walkthrough-vm');
  });

  it('keeps a question open while a step is ticked off', async () => {
    await workbench.run('Create New Terminal (With Profile)');
    await workbench.pick('Agentworks shell');
    await workbench.option('box').first().waitFor();
    await operator.agentworks('workspace', 'create', '--name', 'site', '--vm', 'box');
    await step('workspace', true).waitFor();
    expect(await workbench.option('box').count()).toBeGreaterThan(0);
    await workbench.press('Escape');
  });

  it('can report a problem', async () => {
    await workbench.run('Agentworks: Copy diagnostics');
    await workbench.pick('Without names');
    await workbench.toast('The diagnostics are in the clipboard').waitFor();
    const text = await workbench.page.evaluate('navigator.clipboard.readText()');
    expect(text).toContain('## Versions');
    expect(text).not.toContain('box');
    expect(text).not.toContain(operator.host.address);
  });

  it('is told once when the language server ends again and again, and may start it again', async () => {
    await workbench.run('Agentworks: Open configuration');
    const first = await languageServer([]);
    process.kill(first, 'SIGKILL');
    await workbench.toast('ended (signal SIGKILL) and is started again').waitFor();
    const seen = [first];
    for (let crash = 0; crash < 3; crash++) {
      const next = await languageServer(seen);
      seen.push(next);
      process.kill(next, 'SIGKILL');
    }
    const last = workbench.toast('times in a row');
    await last.waitFor();
    expect(await workbench.toast('is started again').count()).toBe(1);
    await last.locator('.monaco-button', { hasText: 'Start again' }).click();
    await languageServer(seen);
    expect(workbench.pageErrors).toEqual([]);
  });

  /** The process of the language server that this window has, waiting for one that was not seen before. */
  async function languageServer(seen: readonly number[]): Promise<number> {
    for (let tries = 0; tries < 600; tries++) {
      const hosts = await server.extensionHosts();
      const found = await childrenThat(hosts, (words) => words.includes('lsp'));
      expect(found.length).toBeLessThan(2);
      if (found[0] !== undefined && !seen.includes(found[0])) return found[0];
      await workbench.page.waitForTimeout(50);
    }
    throw new Error('There is no language server.');
  }
});

async function childrenThat(parents: readonly number[], isWanted: (words: string[]) => boolean): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [words, stat] = await Promise.all(
        ['cmdline', 'stat'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')),
      );
      const [state, parent] = (stat ?? '').slice((stat ?? '').lastIndexOf(')') + 2).split(' ');
      return state !== 'Z' && parents.includes(Number(parent)) && isWanted((words ?? '').split('\0'))
        ? [Number(pid)]
        : [];
    }),
  );
  return found.flat();
}
