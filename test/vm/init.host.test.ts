import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/core/engine.ts';
import { requireVm } from '../../src/core/vm/lookup.ts';
import { diffVm, reinitVm } from '../../src/core/vm/service.ts';
import { testContext } from '../fakes/context.ts';
import { hostEngine } from '../hosts/engine.ts';
import { startHost, type TestHost } from '../hosts/host.ts';

const catalog = `
[ssh]
host_changes = "yes"

[apt_sources.tests]
key_url = "https://packages.invalid/key.asc"
key_path = "/etc/apt/keyrings/tests.gpg"
key_dearmor = true
source = "deb [arch={arch} signed-by=/etc/apt/keyrings/tests.gpg] file:/srv/repo bookworm main"
source_file = "tests.list"

[apt_packages.hello]
apt = ["agw-hello", "agw-needs-hello"]
apt_sources = ["tests"]

[apt_packages.broken]
apt = ["agw-broken", "gh", "agw-does-not-exist"]

[system_install_commands.sys]
command = "sudo install -m 755 /dev/null /usr/local/bin/agw-sys"
test_exec = "agw-sys"

[user_install_commands.tool]
command = "mkdir -p ~/tool/bin && printf '#!/bin/sh\\necho tool\\n' > ~/tool/bin/agw-tool && chmod +x ~/tool/bin/agw-tool && echo ran >> ~/tool/runs"
path = ["~/tool/bin"]
test_exec = "agw-tool"
`;

const statuses = (steps: readonly { id: string; status: string }[], status: string): string[] =>
  steps.filter((step) => step.status === status).map((step) => step.id);

/** The machine's own repository has no web server; a `file:` key stands for a downloaded one. */
const withLocalKey = (engine: Engine): Engine => ({
  ...engine,
  config: {
    ...engine.config,
    path: engine.config.path,
    vmTemplate: (name) => engine.config.vmTemplate(name),
    load: async () => {
      const config = await engine.config.load();
      const source = config.catalog.aptSources.get('tests');
      if (source === undefined) return config;
      const aptSources = new Map(config.catalog.aptSources).set('tests', {
        ...source,
        keyUrl: 'file:///srv/repo/key.asc',
      });
      return { ...config, catalog: { ...config.catalog, aptSources } };
    },
  },
});

const reinit = (engine: Engine) => reinitVm(engine, { name: 'box', rotateTokens: false }, testContext());

describe('a machine with a default configuration', () => {
  let host: TestHost;
  let engine: Engine;
  beforeAll(async () => {
    host = await startHost();
    engine = await hostEngine(host, { config: '[ssh]\nhost_changes = "yes"\n' });
  });
  afterAll(async () => {
    await engine?.close();
    await host?.dispose();
  });

  it('is complete after the first run, over one connection', async () => {
    const before = await host.connections();
    const { init, warnings } = await reinit(engine);
    expect({ init, warnings }).toEqual({ init: 'complete', warnings: [] });
    expect((await host.connections()) - before).toBe(1);
    expect((await requireVm(engine, 'box')).init).toBe('complete');
  });

  it('is left alone by the second run', async () => {
    const { result } = await reinit(engine);
    expect(result.steps.filter((step) => step.status !== 'satisfied')).toEqual([]);
    expect((await diffVm(engine, 'box', testContext())).drift).toEqual({ status: 'known', steps: [] });
  });

  it('hides processes from other accounts and lets logind and user managers work', async () => {
    await host.root('useradd -m agt--probe; sleep 300 >/dev/null 2>&1 &');
    const seen = await host.root(`runuser -u agt--probe -- sh -c 'ps -eo uid= | sort -u'`);
    const uid = (await host.root('id -u agt--probe')).stdout.trim();
    expect(
      seen.stdout
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean),
    ).toEqual([uid]);
    const sessions = await host.root(
      'loginctl list-sessions --no-legend >/dev/null && systemctl is-active systemd-logind',
    );
    expect(sessions.stdout.trim()).toBe('active');
  });

  it('ignores set-uid bits where agents can write, after a reboot too', async () => {
    const mounts = async () =>
      (
        await host.root(
          'for p in /home /opt/agentworks/workspaces /tmp /var/tmp /dev/shm; do findmnt -rno OPTIONS --target $p | tail -n 1; done; findmnt -rno OPTIONS /proc | tail -n 1',
        )
      ).stdout
        .trim()
        .split('\n');
    const before = await mounts();
    expect(before.slice(0, 5).every((options) => options.split(',').includes('nosuid'))).toBe(true);
    const copy = `cp /usr/bin/id /home/agt--probe/id && chown root /home/agt--probe/id && chmod 4755 /home/agt--probe/id`;
    await host.root(copy);
    expect((await host.root('runuser -u agt--probe -- /home/agt--probe/id -un')).stdout.trim()).toBe('agt--probe');
    await engine.machines.drop(await requireVm(engine, 'box'));
    await host.reboot();
    const after = await mounts();
    expect(after.slice(0, 5).every((options) => options.split(',').includes('nosuid'))).toBe(true);
    expect(after[5]).toMatch(/hidepid=(2|invisible)/);
    expect((await host.root('systemctl --failed --no-legend | wc -l')).stdout.trim()).toBe('0');
    expect((await host.root('stat -c "%a %U" /run/agentworks/agent-tmux-sockets')).stdout.trim()).toBe('711 root');
    const { result } = await reinit(engine);
    expect(statuses(result.steps, 'changed')).toEqual([]);
  });

  it('takes the keys of agents from a root-owned folder only', async () => {
    const said = await host.root(
      'sshd -T -C user=agt--probe,host=x,addr=127.0.0.1; sshd -T -C user=agentworks,host=x,addr=127.0.0.1',
    );
    const files = said.stdout.split('\n').filter((line) => line.startsWith('authorizedkeysfile'));
    expect(files).toEqual([
      'authorizedkeysfile /etc/agentworks/keys/%u',
      'authorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2',
    ]);
  });

  it('never reloads an SSH server whose configuration is broken', async () => {
    await host.root(
      'rm /etc/ssh/sshd_config.d/10-agentworks.conf; echo Nonsense yes > /etc/ssh/sshd_config.d/99-broken.conf',
    );
    await expect(reinit(engine)).rejects.toMatchObject({ code: 'remote-failed' });
    expect((await host.root('ls /etc/ssh/sshd_config.d')).stdout).not.toContain('10-agentworks.conf');
    expect((await requireVm(engine, 'box')).init).toBe('failed');
    await host.root('rm /etc/ssh/sshd_config.d/99-broken.conf');
    expect((await reinit(engine)).init).toBe('complete');
  });

  it('shows drift after somebody changed a file', async () => {
    await host.root(
      `printf '# gone\\n' > /home/agentworks/.agentworks-profile.sh; sed -i '/agent-tmux/d' /etc/tmpfiles.d/agentworks.conf`,
    );
    const { drift } = await diffVm(engine, 'box', testContext());
    expect(drift.status === 'known' && drift.steps.map((step) => step.id)).toEqual(['folders', 'profile-fragments']);
    const { result } = await reinit(engine);
    expect(statuses(result.steps, 'changed')).toEqual(['folders', 'profile-fragments']);
  });

  it('keeps cron, at and the admin’s home from others', async () => {
    const said = await host.root(
      `cat /etc/cron.allow /etc/at.allow; stat -c %a /home/agentworks; runuser -u agt--probe -- crontab -l 2>&1 || true`,
    );
    expect(said.stdout).toContain('700');
    expect(said.stdout).toContain('not allowed');
    expect(said.stdout).not.toMatch(/^agt--/m);
  });
});

describe('a machine with packages, installers and dotfiles', () => {
  let host: TestHost;
  let engine: Engine;
  let dotfiles: string;
  beforeAll(async () => {
    host = await startHost();
    // apt refuses one repository under two keys.
    await host.root('rm /etc/apt/sources.list');
    dotfiles = join(host.directory, 'dotfiles');
    await mkdir(join(dotfiles, 'zsh'), { recursive: true });
    await writeFile(join(dotfiles, 'zsh', 'rc'), 'alias ll="ls -l"\n');
    await writeFile(join(dotfiles, 'install.sh'), '#!/bin/sh\ncp zsh/rc ~/.zshrc\necho installed >> ~/dotfiles-runs\n');
    await chmod(join(dotfiles, 'install.sh'), 0o755);
    engine = await hostEngine(host, {
      config: `${catalog}
[vm_templates.default]
apt = ["ripgrep"]
apt_packages = ["hello", "broken"]
system_install_commands = ["sys"]

[admin.config]
shell = "zsh"
user_install_commands = ["tool"]
dotfiles_source = ${JSON.stringify(dotfiles)}
mise_packages = ["jq@1.7"]
git_credentials = ["gh"]

[git_credentials.gh]
type = "github"
`,
      env: { GIT_CREDENTIALS_GH: 'ghp_canary/+1' },
    });
    engine = withLocalKey(engine);
  });
  afterAll(async () => {
    await engine?.close();
    await host?.dispose();
  });

  it('installs what it can and names what it cannot', async () => {
    const { init, warnings, result } = await reinit(engine);
    expect(init).toBe('partial');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/agw-broken agw-does-not-exist/);
    expect(statuses(result.steps, 'failed')).toEqual(['apt-packages']);
    const said = await host.root('agw-needs-hello; rg --version; gh --version; cat /etc/apt/sources.list.d/tests.list');
    expect(said.stdout).toContain('hello from agw-hello');
    expect(said.stdout).toContain('stand-in');
    expect(said.stdout).toMatch(/^deb \[arch=\w+ signed-by/m);
  });

  it('runs installers once, with their folder on the PATH of a login shell', async () => {
    const said = await host.root(
      'cat ~agentworks/tool/runs ~agentworks/dotfiles-runs; su -l agentworks -c agw-tool; getent passwd agentworks',
    );
    expect(said.stdout.split('\n').slice(0, 3)).toEqual(['ran', 'installed', 'tool']);
    expect(said.stdout).toContain('/zsh');
  });

  it('brings the dotfiles, and the shells still find our fragments', async () => {
    const said = await host.root(
      'cat ~agentworks/.zshrc; cat ~agentworks/.config/mise/config.toml; cat ~agentworks/.agw-calls',
    );
    expect(said.stdout).toContain('alias ll');
    expect(said.stdout).toContain('.agentworks-rc.sh');
    expect(said.stdout).toContain('"jq" = "1.7"');
    expect(said.stdout).toContain('mise install -y');
  });

  it('stores the token for its account only, and nowhere else', async () => {
    const said = await host.root(
      'stat -c "%a %U" ~agentworks/.git-credentials; cat ~agentworks/.git-credentials; git -C / --version',
    );
    expect(said.stdout).toContain('600 agentworks');
    expect(said.stdout).toContain('https://x-access-token:ghp_canary%2F%2B1@github.com');
    const found = await host.root('grep -rl ghp_canary /etc /var /run /tmp /home 2>/dev/null || true');
    expect(found.stdout.trim()).toBe('/home/agentworks/.git-credentials');
    const logs = await Promise.all(
      (await engine.files.list(engine.paths.logs)).map((name) => engine.files.readText(join(engine.paths.logs, name))),
    );
    expect(logs.join('')).not.toContain('ghp_canary');
  });

  it('does nothing the second time but try the broken packages again, and asks for no token', async () => {
    const { result } = await reinit(engine);
    expect(result.steps.filter((step) => step.status !== 'satisfied').map((step) => step.id)).toEqual(['apt-packages']);
  });

  it('installs changed dotfiles again', async () => {
    await writeFile(join(dotfiles, 'zsh', 'rc'), 'alias la="ls -a"\n');
    const { result } = await reinit(engine);
    expect(statuses(result.steps, 'changed')).toEqual(['dotfiles', 'profile']);
    expect((await host.root('cat ~agentworks/.zshrc')).stdout).toMatch(/alias la[\s\S]*agentworks-rc/);
    expect((await host.root('ls -d ~agentworks/.dotfiles.old.* 2>/dev/null || true')).stdout).toBe('');
  });

  it('keeps what somebody changed in the folder of the dotfiles', async () => {
    await host.root('sleep 0.1; su -l agentworks -c "echo mine >~/.dotfiles/mine"');
    await writeFile(join(dotfiles, 'zsh', 'rc'), 'alias lt="ls -t"\n');
    await reinit(engine);
    expect((await host.root('cat ~agentworks/.dotfiles.old.*/dotfiles/mine; ls ~agentworks/.dotfiles')).stdout).toBe(
      'mine\ninstall.sh\nzsh\n',
    );
  });
});
