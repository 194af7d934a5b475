import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Engine } from '../../src/core/engine.ts';
import { reinitVm } from '../../src/core/vm/service.ts';
import { testContext } from '../fakes/context.ts';
import { hostEngine } from '../hosts/engine.ts';
import { startHost, type TestHost } from '../hosts/host.ts';

let host: TestHost;
let made: Engine;
let engine: Engine;

const configure = async (ref: string): Promise<void> => {
  await writeFile(
    made.paths.config,
    `[operator]
ssh_public_key = ${JSON.stringify(host.publicKeyPath)}
ssh_private_key = ${JSON.stringify(host.privateKeyPath)}
[ssh]
host_changes = "no"
[vm_templates.default]
mise = true
[admin.config]
shell = "fish"
dotfiles_source = "git::https://dots.invalid/me.git//home${ref}"
dotfiles_install_cmd = "./set-up"
mise_lockfile = "git::https://dots.invalid/me.git?ref=main"
user_install_commands = ["tool"]
[user_install_commands.tool]
command = "mkdir -p ~/tool/bin; printf '#!/bin/sh\\\\necho tool\\\\n' > ~/tool/bin/agw-tool; chmod +x ~/tool/bin/agw-tool"
path = ["~/tool/bin"]
test_exec = "agw-tool"
`,
  );
};
const commit = (text: string): Promise<unknown> =>
  host.root(`cd /srv/work && mkdir -p home && printf '#!/bin/sh\\ncat text > ~/dots-said\\nln -sf ~/.dotfiles/zshrc ~/.zshrc\\n' > home/set-up && chmod +x home/set-up
printf '${text}\\n' > home/text; printf '# ${text}\\n' > home/zshrc; echo lock > mise.lock
git add -A && git -c user.name=t -c user.email=t@t.invalid commit -qm '${text}' && git push -q origin HEAD:main`);
const reinit = () => reinitVm(engine, { name: 'box', rotateTokens: false }, testContext());
const said = async (): Promise<string> => (await host.root('cat ~agentworks/dots-said')).stdout.trim();

beforeAll(async () => {
  host = await startHost();
  await host.root(`cd / && git init -q --bare -b main /srv/dots.git && git init -q -b main /srv/work && git -C /srv/work remote add origin /srv/dots.git
git config --system safe.directory '*' && git config --system url.file:///srv/dots.git.insteadOf https://dots.invalid/me.git`);
  await commit('one');
  await host.root('cd /srv/work && git tag v1 && git push -q origin v1');
  made = await hostEngine(host);
  engine = made;
  await mkdir(join(made.paths.home), { recursive: true });
});
afterAll(async () => {
  await made?.close();
  await host?.dispose();
});

it('takes dotfiles and lockfile from Git, in a fish account, and then has nothing to do', async () => {
  await configure('');
  expect(await reinit()).toMatchObject({ init: 'complete', warnings: [] });
  expect(await said()).toBe('one');
  const shown = await host.root(
    'cat ~agentworks/.config/mise/mise.lock; su -l agentworks -c agw-tool; getent passwd agentworks',
  );
  expect(shown.stdout).toMatch(/^lock\ntool\n.*fish$/m);
  const { result } = await reinit();
  expect(result.steps.filter((step) => step.status !== 'satisfied')).toEqual([]);
});

it('follows the branch, although our line stands in a linked file', async () => {
  await commit('two');
  expect(await reinit()).toMatchObject({ init: 'complete', warnings: [] });
  expect(await said()).toBe('two');
  expect((await host.root('cat ~agentworks/.zshrc')).stdout).toMatch(/# two[\s\S]*agentworks-rc/);
});

it('honours a tag, and leaves it when the tag is taken out', async () => {
  // A configuration is read once per program.
  await made.close();
  const rewritten = await hostEngine(host);
  made = rewritten;
  engine = rewritten;
  await configure('?ref=v1');
  expect(await reinit()).toMatchObject({ init: 'complete', warnings: [] });
  expect(await said()).toBe('one');
  const { result } = await reinit();
  expect(result.steps.filter((step) => step.status !== 'satisfied')).toEqual([]);
});
