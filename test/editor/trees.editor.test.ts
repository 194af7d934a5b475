import type { Locator } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { sh } from '../../src/core/remote/quote.ts';
import { sessionPlace } from '../../src/core/session/place.ts';
import { settings } from '../../src/extension/ids.ts';
import { atDesk } from './driver/desk.ts';
import { furnish, type Operator } from './driver/operator.ts';
import type { Workbench } from './driver/workbench.ts';

describe('the trees in the workbench', () => {
  let operator: Operator;
  let window: Workbench;

  atDesk(
    async (desk) => {
      operator = desk.operator;
      window = desk.workbench;
      await window.showAgentworks();
    },
    {
      prepare: async (one) => {
        await furnish(one);
        await one.agentworks('workspace', 'create', '--name', 'other', '--vm', 'box');
      },
      // Rounds so far apart that nothing here is seen by waiting for one.
      settings: { [settings.refreshSeconds]: 300 },
      browser: { height: 1000 },
    },
  );

  /** The row that screen readers call by this. */
  const spoken = (text: string): Locator =>
    window.page.locator(`.part.sidebar .pane-body .monaco-list-row[aria-label^="${text}"]`).first();
  /** As a hand does it: the editor wants to see where the pointer goes. */
  const drag = async (from: Locator, to: Locator): Promise<void> => {
    const [start, end] = [await from.boundingBox(), await to.boundingBox()];
    if (start === null || end === null) throw new Error('Nothing to drag is seen.');
    const { mouse } = window.page;
    await mouse.move(start.x + 60, start.y + start.height / 2);
    await mouse.down();
    await mouse.move(end.x + 40, end.y + end.height / 2 - 4, { steps: 12 });
    await mouse.move(end.x + 60, end.y + end.height / 2, { steps: 6 });
    await window.page.waitForTimeout(300);
    await mouse.up();
  };
  const ring = (session: string): Promise<unknown> => {
    const { socket } = sessionPlace('agt--ada', session);
    return operator.host.root(
      sh`runuser -u agt--ada -- tmux -S ${socket} send-keys -t ${`=${session}:`} 'printf "\\a"' Enter`,
    );
  };

  it('show what is on record and what the machine says, in words that are spoken too', async () => {
    await spoken('VM, box, ssh, running').waitFor();
    await spoken('workspace, site, box').waitFor();
    await spoken('agent, ada, box').waitFor();
    await spoken('session, build, site, ada, running').waitFor();
    await window.picture('trees');
  });

  it('show what a terminal did, within a moment', async () => {
    await operator.agentworks('session', 'create', '--name', 'made', '--workspace', 'site', '--agent', 'ada');
    const at = Date.now();
    await spoken('session, made, site, ada').waitFor();
    const shownMs = Date.now() - at;
    await spoken('session, made, site, ada, running').waitFor();
    await operator.agentworks('session', 'delete', 'made', '--yes');
    await spoken('session, made').waitFor({ state: 'detached' });
    // A busy machine may be slow; a round comes after minutes only.
    expect(shownMs).toBeLessThan(10_000);
  });

  it('explain a row to whoever points at it, with its Git state', async () => {
    await spoken('workspace, site').hover();
    const hover = window.page.locator('.monaco-hover:visible, .workbench-hover:visible').first();
    await hover.getByText('Git: no Git repository').or(hover.getByText('Git:')).first().waitFor();
    expect(await hover.innerText()).toContain('/opt/agentworks/workspaces/site on VM box');
    await window.press('Escape');
  });

  it('filter by words', async () => {
    await window.view('VMs').locator('.pane-header').hover();
    await window.view('VMs').locator('.action-label[aria-label^="Filter"]').click();
    await window.page.locator('.quick-input-widget:visible', { hasText: 'Filter VMs' }).waitFor();
    await window.input.fill('other');
    await spoken('session, build').waitFor({ state: 'detached' });
    await spoken('workspace, other').waitFor();
    await window.press('Enter');
    await window.run('Agentworks: Clear filter');
    await spoken('session, build').waitFor();
  });

  it('group sessions by VM', async () => {
    await spoken('workspace, site, 1 session').waitFor();
    await window.run('Agentworks: Group sessions by VM');
    await spoken('VM, box, 1 session').waitFor();
    await window.run('Agentworks: Group sessions by workspace');
    await spoken('workspace, site, 1 session').waitFor();
  });

  it('grant a workspace to the agent that is dragged onto it, after a question', async () => {
    await drag(spoken('agent, ada'), spoken('workspace, other'));
    await window.dialog.waitFor();
    expect(await window.dialog.innerText()).toContain("Let agent 'ada' into 'other'?");
    await window.picture('grant');
    await window.confirm('Grant');
    await expect
      .poll(async () => operator.agentworks('agent', 'workspace-grants', 'list', 'ada'), {
        timeout: 60_000,
        interval: 500,
      })
      .toContain('other');
  });

  it('count and tell of a session that rings', async () => {
    await ring('build');
    await window.run('Agentworks: Refresh');
    await spoken('session, build, site, ada, running, bell, needs a look').waitFor();
    const toast = window.toast("Session 'build' in 'site' needs a look: it rang the bell.");
    await toast.waitFor();
    expect(await toast.locator('.monaco-button').allInnerTexts()).toEqual(['Attach', 'Peek', 'Snooze']);
    await window.page.locator('.activitybar .badge-content', { hasText: '1' }).first().waitFor();
    await window.page
      .locator('.statusbar-item[id*="agentworks.status"]', { has: window.page.locator('.codicon-bell-dot') })
      .first()
      .waitFor();
    const row = spoken('session, build');
    await row.locator('[class*="monaco-decoration-item"]').first().waitFor();
    await window.picture('needs-a-look');
  });

  it('keep the last known rows of a machine that gives no answer, and take it up again', async () => {
    await operator.host.freeze();
    try {
      await window.run('Agentworks: Refresh');
      await spoken('VM, box, ssh, no answer').waitFor({ timeout: 60_000 });
      await spoken('session, build, site, ada, running, bell, no answer').waitFor();
      await window.page.getByText('No VM answers; the rows of all views are what was last known.').first().waitFor();
      await window.picture('no-answer');
    } finally {
      await operator.host.thaw();
    }
    await expect
      .poll(
        async () => {
          await window.run('Agentworks: Refresh');
          return spoken('VM, box, ssh, running').isVisible();
        },
        { timeout: 90_000, interval: 2_000 },
      )
      .toBe(true);
  });
});
