import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { settings } from '../../src/extension/ids.ts';
import { startBrowser } from './driver/browser.ts';
import { type Operator, startOperator } from './driver/operator.ts';
import { prepareRun } from './driver/prepareRun.ts';
import { startServer } from './driver/server.ts';
import { Workbench } from './driver/workbench.ts';

/** Pictures of the real thing for README and guides. The "agents" are shell scripts; everything else is as it is. */
const pictures = process.env.AGENTWORKS_EDITOR_PICTURES ?? '';

const agentScript = `#!/bin/bash
bold=$'\\e[1m' dim=$'\\e[2m' green=$'\\e[32m' blue=$'\\e[34m' off=$'\\e[0m'
echo "\${bold}● Fix the rounding of totals in the cart\${off}"
echo
echo "\${blue}read\${off}  src/cart.ts"
echo "\${blue}edit\${off}  src/cart.ts"
sed -i 's/item.price \\* item.count/cents(item.price) * item.count/; s/return sum;/return sum \\/ 100;/' src/cart.ts
printf '\\nexport const cents = (price: number): number => Math.round(price * 100);\\n' >>src/cart.ts
printf 'import { total } from "./cart";\\n\\ntest("adds cents exactly", () => {\\n  expect(total([{ price: 0.1, count: 3 }])).toBe(0.3);\\n});\\n' >src/cart.test.ts
echo "\${blue}new\${off}   src/cart.test.ts"
echo "\${blue}run\${off}   npm test"
echo "      \${green}✓\${off} adds cents exactly"
echo "      \${green}✓\${off} 14 others"
echo
echo "\${dim}Totals are now counted in cents. Shall I commit?\${off}"
exec bash --norc
`;

const files: Readonly<Record<string, string>> = {
  'README.md': '# Shop\n\nA small shop.\n',
  'src/cart.ts':
    'export interface Item {\n  price: number;\n  count: number;\n}\n\nexport function total(items: Item[]): number {\n  let sum = 0;\n  for (const item of items) sum += item.price * item.count;\n  return sum;\n}\n',
  'scripts/agent.sh': agentScript,
};

async function repository(directory: string): Promise<string> {
  const folder = join(directory, 'shop');
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, name, '..'), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@shop.invalid', ...args], { cwd: folder });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'Begin the shop');
  return folder;
}

const config = `
[session_templates.agent]
description = "A coding agent"
command = "bash scripts/agent.sh"

[session_templates.tests]
description = "The tests, again and again"
command = "sh -c 'sleep 8; echo 1 test failed; exit 1'"
`;

async function furnish({ agentworks, adoption, directory }: Operator): Promise<void> {
  const shop = await repository(directory);
  await agentworks(...adoption('dev'));
  await agentworks('workspace', 'create', '--name', 'shop', '--vm', 'dev', '--repo', shop);
  await agentworks('workspace', 'create', '--name', 'docs', '--vm', 'dev', '--repo', shop);
  for (const name of ['ada', 'grace']) await agentworks('agent', 'create', '--name', name, '--vm', 'dev');
  const session = (name: string, workspace: string, agent: string, template: string): Promise<string> =>
    agentworks(
      ...['session', 'create', '--name', name, '--workspace', workspace, '--agent', agent, '--template', template],
    );
  await session('fix-totals', 'shop', 'ada', 'agent');
  await session('tests', 'shop', 'grace', 'tests');
  await session('guide', 'docs', 'grace', 'agent');
}

async function take(): Promise<void> {
  const dispose = await prepareRun();
  const operator = await startOperator({ name: 'dev', config });
  try {
    await furnish(operator);
    const quiet = { [settings.notifications]: false, 'workbench.layoutControl.enabled': false };
    const server = await startServer({ directory: operator.directory, env: operator.env, settings: quiet });
    const browser = await startBrowser(operator.directory, { width: 1280, height: 800 });
    try {
      const workbench = await Workbench.open(browser, server, operator.folder);
      await workbench.showAgentworks();
      await workbench.row('session', 'fix-totals', 'running').waitFor();
      await workbench.row('session', 'tests', 'exited').waitFor();
      await workbench.run('Agentworks: Get started');
      await workbench.page.getByText('Get started with Agentworks').first().waitFor();
      await workbench.run('View: Toggle Primary Side Bar Visibility');
      await workbench.page.waitForTimeout(1500);
      await workbench.picture('vscode-walkthrough');
      await workbench.run('View: Close All Editors');
      await workbench.showAgentworks();
      await workbench.choose(workbench.row('session', 'fix-totals'), 'Attach to session');
      await workbench.untilTerminal(/Shall I commit/, 60_000);
      await workbench.run('View: Toggle Maximized Panel');
      await workbench.page.waitForTimeout(1000);
      await workbench.picture('vscode-attached');
      await workbench.run('View: Hide Panel');
      await workbench.choose(workbench.row('workspace', 'shop'), 'Review changes');
      await workbench.page.locator('.multiDiffEntry').first().waitFor({ timeout: 60_000 });
      await workbench.page.waitForTimeout(1500);
      // The language servers of VS Code itself have something to say here.
      await workbench.run('Notifications: Clear All Notifications');
      await workbench.picture('vscode-review');
      await workbench.choose(workbench.row('session', 'fix-totals'), 'Delete session');
      await workbench.dialog.waitFor();
      await workbench.picture('vscode-delete');
      await workbench.press('Escape');
    } finally {
      await browser.close();
      await server.stop();
    }
  } finally {
    await operator.dispose();
    await dispose();
  }
}

if (pictures === '') throw new Error('AGENTWORKS_EDITOR_PICTURES names the folder for the pictures.');
await take();
