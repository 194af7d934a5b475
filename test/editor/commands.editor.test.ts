import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { atDesk } from './driver/desk.ts';
import { furnish, type Operator } from './driver/operator.ts';
import type { Workbench } from './driver/workbench.ts';

/** An installer that takes a while, and counts how often it was run. */
const slow = `
[agent_templates.slow]
user_install_commands = ["wait"]

[user_install_commands.wait]
command = "echo ran >> ~/runs; sleep 12; touch ~/waited"
test_file = "~/waited"
`;

describe('verbs in the editor', () => {
  let operator: Operator;
  let workbench: Workbench;

  atDesk(
    (desk) => {
      ({ operator, workbench } = desk);
    },
    {
      prepare: async (one) => {
        await furnish(one);
        await appendFile(join(one.home, '.config', 'agentworks', 'config.toml'), slow);
      },
    },
  );

  const list = async (kind: string): Promise<{ name: string; status?: string }[]> =>
    JSON.parse(await operator.agentworks(kind, 'list', '--json'));
  const until = async (isTrue: () => Promise<boolean>, what: string): Promise<void> => {
    const end = Date.now() + 90_000;
    while (!(await isTrue())) {
      if (Date.now() > end) throw new Error(`Still not: ${what}`);
      await workbench.page.waitForTimeout(500);
    }
  };
  const widget = () => workbench.page.locator('.quick-input-widget:visible');
  const editor = (title: string) => workbench.page.locator('.tabs-container .tab', { hasText: title });

  it('make a workspace page by page: names are checked while they are typed, there is a way back, and a plan', async () => {
    const { page } = workbench;
    await workbench.run('Agentworks: Create workspace');
    await widget().getByText('1/3').waitFor();
    await workbench.input.fill('No Name');
    await widget().getByText('use lower-case letters').waitFor();
    await workbench.press('Enter');
    await widget().getByText('1/3').waitFor();
    await workbench.input.fill('wrong');
    await workbench.press('Enter');
    await widget().getByText('2/3').waitFor();
    await widget().locator('[aria-label^="Back"]').first().click();
    await widget().getByText('1/3').waitFor();
    await workbench.input.fill('web');
    await workbench.press('Enter');
    await widget().getByText('2/3').waitFor();
    await workbench.press('Enter');
    await widget().getByText('name: web').waitFor();
    await workbench.option('Show plan first').click();
    await editor('Plan: Create workspace web').waitFor();
    await page.locator('.monaco-editor .view-lines', { hasText: 'web' }).first().waitFor();
    await workbench.picture('plan-before-create');
    expect((await list('workspace')).map(({ name }) => name)).toEqual(['site']);
    await widget().getByText('name: web').waitFor();
    await workbench.press('Enter');
    await workbench.toast("Workspace 'web'").first().waitFor();
    expect((await list('workspace')).find(({ name }) => name === 'web')).toMatchObject({ status: 'ready' });
  });

  it('destroy nothing before a modal has named what would be lost', async () => {
    const remove = async (): Promise<void> => {
      await workbench.run('Agentworks: Delete workspace');
      await workbench.pick('web');
      await workbench.dialog.waitFor();
    };
    await remove();
    expect(await workbench.dialog.innerText()).toMatch(/Delete workspace 'web'\?[\s\S]*\/web/);
    await workbench.picture('delete-modal');
    await workbench.confirm('No');
    await remove();
    await workbench.confirm('Show plan');
    await editor('Plan: Delete workspace web').waitFor();
    const question = workbench.toast("Delete workspace 'web'?");
    await question.getByText('No', { exact: true }).click();
    await question.waitFor({ state: 'detached' });
    expect((await list('workspace')).map(({ name }) => name)).toContain('web');
    await remove();
    await workbench.confirm('Delete');
    await workbench.toast("Workspace 'web' deleted").waitFor();
    expect((await list('workspace')).map(({ name }) => name)).not.toContain('web');
  });

  it('say what is wrong and offer what helps', async () => {
    await workbench.run('Agentworks: Delete agent');
    await workbench.pick('ada');
    const toast = workbench.toast("Choose 'Go on all the same…' to end and delete it");
    await toast.waitFor();
    await workbench.picture('error-with-actions');
    await toast.getByRole('button', { name: 'Go on all the same…' }).click();
    await workbench.dialog.waitFor();
    expect(await workbench.dialog.innerText()).toContain('build');
    await workbench.confirm('No');
    expect((await list('agent')).map(({ name }) => name)).toEqual(['ada']);
  });

  it('go on when the window is reloaded in the middle', async () => {
    await workbench.run('Agentworks: Create agent');
    await workbench.answer('Name of the agent', 'eve');
    await workbench.pick('slow');
    await widget().getByText('name: eve').waitFor();
    await workbench.press('Enter');
    const ranTimes = async (): Promise<number> =>
      Number((await operator.host.root('cat /home/agt--eve/runs 2>/dev/null | wc -l', { check: false })).stdout);
    await until(async () => (await ranTimes()) > 0, 'the installer runs');
    await workbench.reload();
    await workbench.toast('Create agent eve').first().waitFor();
    await workbench.picture('goes-on-after-reload');
    await workbench.toast("Agent 'eve' created").waitFor({ timeout: 90_000 });
    expect((await list('agent')).find(({ name }) => name === 'eve')).toMatchObject({ status: 'ready' });
    // The machine went on by itself; the next window only followed.
    expect(await ranTimes()).toBe(1);
    const left = join(
      operator.directory,
      'data',
      'data',
      'User',
      'globalStorage',
      'agentworks.agentworks',
      'unfinished',
    );
    expect(await readdir(left)).toEqual([]);
  });
});
