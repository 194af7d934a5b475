import { describe, expect, test } from 'vitest';
import { createConfigStore } from '../../src/core/config/store.ts';
import { AppError } from '../../src/core/errors.ts';
import { brief, configPath, homeFiles, keyPair, operatorSection, problemsOf, storeOf } from './load.ts';
import { memoryFiles } from './memoryFiles.ts';

const failure = async (promise: Promise<unknown>): Promise<AppError> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AppError)) throw new Error(`no AppError: ${String(error)}`);
  return error;
};

describe('loading', () => {
  test('a missing file is said, with the command that makes one', async () => {
    const store = createConfigStore({ path: '/nowhere/config.toml', files: memoryFiles() });
    const error = await failure(store.load());
    expect(error).toMatchObject({ code: 'config', hint: expect.stringContaining('agentworks config init') });
    expect(error.message).toContain('/nowhere/config.toml');
    expect(await store.check()).toMatchObject({
      exists: false,
      config: undefined,
      problems: [{ code: 'missing-file' }],
    });
  });

  test('an empty file works: everything is a default, and local workspaces need no keys', async () => {
    const config = await storeOf('').load();
    expect(config).toMatchObject({
      operator: {
        sshPublicKey: undefined,
        sshPrivateKey: undefined,
        extraSshPublicKeys: [],
        sshConfig: '/home/operator/.ssh/config',
        sshConfigDir: true,
        sshHostPrefix: 'awvm--',
      },
      paths: {
        localWorkspaces: '/home/operator/workspaces',
        vmWorkspaces: '/opt/agentworks/workspaces',
        vscodeWorkspaces: '/home/operator/aw-vscode-workspaces',
        backups: '/home/operator/.config/agentworks/backups',
      },
      admin: { username: 'agentworks', shell: 'zsh', miseInstallBefore: '7d', gitForceSafeDirectory: true },
      session: { historyLimit: 50000 },
      azure: undefined,
      proxmox: undefined,
      qemu: { image: 'official', accelerator: 'auto', portBase: 22200 },
      ssh: { hostChanges: 'ask' },
    });
    expect(brief(config.problems)).toEqual(['info no-keys operator']);
  });

  test('a byte order mark and Windows line ends do not matter', async () => {
    const config = await storeOf(
      `\ufeff${operatorSection}[defaults]\nplatform = "ssh"\n`.replaceAll('\n', '\r\n'),
    ).load();
    expect(config.defaults.platform).toBe('ssh');
    expect(config.problems).toEqual([]);
  });

  test('every error is in the failure, with its place', async () => {
    const error = await failure(
      storeOf('[defaults]\nplatform = "vmware"\n[session.config]\nhistory_limit = 0\n').load(),
    );
    expect(error.code).toBe('config');
    expect(error.message).toContain(`${configPath}:2:12: `);
    expect(error.message).toContain(`${configPath}:4:17: `);
  });

  test('a syntax error hides nothing else', async () => {
    const problems = await problemsOf('[defaults]\nplatform = lima\nvm_hots = "x"\n');
    expect(brief(problems)).toEqual(['error toml-syntax -', 'warning unknown-key defaults.vm_hots']);
  });

  test('what is loaded is kept until it is refreshed', async () => {
    const files = memoryFiles({ [configPath]: '[session.config]\nhistory_limit = 5\n' });
    const store = createConfigStore({ path: configPath, files });
    expect((await store.load()).session.historyLimit).toBe(5);
    await files.write(configPath, '[session.config]\nhistory_limit = 6\n');
    expect((await store.load()).session.historyLimit).toBe(5);
    store.refresh();
    expect((await store.load()).session.historyLimit).toBe(6);
  });

  test('a number too large to be exact is a problem, not a crash', async () => {
    expect(brief(await problemsOf('[session.config]\nhistory_limit = 9223372036854775807\n'))).toEqual([
      'error wrong-type session.config.history_limit',
    ]);
  });

  test('keys named like object properties are unknown keys', async () => {
    const problems = await problemsOf(
      '[defaults]\nconstructor = 1\n__proto__ = 2\n[vm_templates.__proto__]\ncpus = 2\n',
    );
    expect(brief(problems)).toContain('warning unknown-key defaults.constructor');
    expect(brief(problems)).toContain('warning unknown-key defaults.__proto__');
  });
});

describe('sections', () => {
  test('all of proxmox is read; each missing required key is its own error', async () => {
    const full = 'api_url = "https://pve.example.net:8006"\nnode = "n"\ntoken_id = "t"\ntemplate_vmid = "9000"\n';
    const { proxmox } = await storeOf(`[proxmox]\n${full}`).load();
    expect(proxmox).toEqual({
      apiUrl: 'https://pve.example.net:8006',
      node: 'n',
      tokenId: 't',
      templateVmid: 9000,
      storage: 'local-lvm',
      bridge: 'vmbr0',
      pool: 'agentworks',
      verifySsl: true,
    });
    const messages = (await problemsOf('[proxmox]\n')).map((problem) => problem.message);
    expect(messages).toEqual(
      ['api_url', 'node', 'token_id', 'template_vmid'].map((key) => `proxmox.${key} is required`),
    );
  });

  test('[user] is read as [operator], with one message; [operator] wins over it', async () => {
    const text = operatorSection.replace('[operator]', '[user]');
    const store = storeOf(`${text}ssh_host_prefix = "a-"\n`);
    const { config, problems } = await store.check();
    expect(config?.operator.sshHostPrefix).toBe('a-');
    expect(brief(problems)).toEqual(['warning deprecated-key user']);
    expect(problems[0]?.message).toContain('[operator]');
    const both = await storeOf(`${text}ssh_host_prefix = "a-"\n${operatorSection}`).load();
    expect(both.operator.sshHostPrefix).toBe('awvm--');
    expect(brief(both.problems)).toEqual(['warning deprecated-key user']);
  });

  test('the old name of vscode_workspaces counts only without the current one', async () => {
    const old = await storeOf('[paths]\ncode_workspaces = "~/old"\n').load();
    expect(old.paths.vscodeWorkspaces).toBe('/home/operator/old');
    const both = await storeOf('[paths]\ncode_workspaces = "~/old"\nvscode_workspaces = "~/now"\n').load();
    expect(both.paths.vscodeWorkspaces).toBe('/home/operator/now');
  });

  test('extra keys keep their order; a missing one is an error that names the key', async () => {
    const extra = { '/home/operator/a.pub': keyPair().publicKey };
    const keys = 'extra_ssh_public_keys = ["~/.ssh/laptop.pub", "/home/operator/a.pub"]\n';
    const config = await storeOf(operatorSection + keys, extra).load();
    expect(config.operator.extraSshPublicKeys).toEqual(['/home/operator/.ssh/laptop.pub', '/home/operator/a.pub']);
    const [problem] = await problemsOf(operatorSection + keys);
    expect(problem).toMatchObject({ severity: 'error', code: 'missing-path', part: undefined });
    expect(problem?.message).toMatch(/extra_ssh_public_keys.*does not exist/);
  });

  test('the private key must be private, and the pair a pair', async () => {
    const mode = { '/home/operator/.ssh/id_ed25519': 0o644 };
    expect(brief((await storeOf(operatorSection, {}, mode).check()).problems)).toEqual([
      'warning key-permissions operator.ssh_private_key',
    ]);
    const other = { '/home/operator/.ssh/id_ed25519.pub': keyPair().publicKey };
    expect(brief((await storeOf(operatorSection, other).check()).problems)).toEqual([
      'warning key-mismatch operator.ssh_public_key',
    ]);
    expect(Object.keys(homeFiles)).toHaveLength(3);
  });

  test('a trailing slash of a remote folder is dropped', async () => {
    expect((await storeOf('[paths]\nvm_workspaces = "/srv/work/"\n').load()).paths.vmWorkspaces).toBe('/srv/work');
  });

  test.each(['[paths]', '[defaults]', '[vm_templates]', '[git_credentials]', '[admin]', '[session]', '[apt_sources]'])(
    '%s must be a table',
    async (header) => {
      const name = header.slice(1, -1);
      expect(brief(await problemsOf(`${name} = 1\n`))).toEqual([`error wrong-type ${name}`]);
    },
  );

  test('claude lists are lists of strings', async () => {
    const text = '[admin.config]\nclaude_plugins = "a@b"\n[agent_templates.x]\nclaude_marketplaces = [1]\n';
    const problems = await problemsOf(text);
    expect(problems.map((problem) => problem.message)).toEqual([
      expect.stringMatching(/admin\.config\.claude_plugins must be a list of strings/),
      expect.stringMatching(/agent_templates\.x\.claude_marketplaces must be a list of strings/),
    ]);
  });
});

describe('templates', () => {
  test('an unknown one is not found, and the known ones are listed', async () => {
    const error = await failure(storeOf('[vm_templates.big]\n').vmTemplate('bgi'));
    expect(error).toMatchObject({ code: 'not-found', hint: 'Known vm templates: default, big.' });
  });

  test('an error in one keeps only what uses it from working', async () => {
    const store = storeOf(
      '[vm_templates.bad]\napt_packages = ["nope"]\n[vm_templates.child]\ninherits = ["bad"]\n[vm_templates.good]\n',
    );
    await store.load();
    expect((await store.vmTemplate('good')).name).toBe('good');
    expect((await failure(store.vmTemplate('bad'))).code).toBe('config');
    const error = await failure(store.vmTemplate('child'));
    expect(error.message).toContain("references unknown entry 'nope'");
    expect(error.message).toContain(`${configPath}:2:17`);
  });

  test('a broken catalog entry or credential stops the templates that use it', async () => {
    const store = storeOf(
      '[user_install_commands.x]\ntest_exec = "x"\n[agent_templates.a]\nuser_install_commands = ["x"]\n' +
        '[git_credentials.c]\ntype = "gitlab"\n[agent_templates.b]\ngit_credentials = ["c"]\n[agent_templates.c]\n',
    );
    expect((await failure(store.agentTemplate('a'))).message).toContain('user_install_commands.x.command is required');
    expect((await failure(store.agentTemplate('b'))).message).toContain('git_credentials.c.type');
    expect((await store.agentTemplate('c')).name).toBe('c');
    const config = await store.load();
    expect([config.gitCredentials.size, config.catalog.userInstallCommands.has('x')]).toEqual([0, false]);
  });

  test('a broken admin stops VMs, not agents', async () => {
    const store = storeOf('[admin.config]\nusername = "root"\n');
    expect((await failure(store.vmTemplate(undefined))).message).toContain('admin.config.username');
    expect((await store.agentTemplate(undefined)).shell).toBe('bash');
  });

  test.each(['vm', 'agent', 'workspace', 'session'])(
    'a cycle of %s templates is an error that shows its path',
    async (kind) => {
      const text = `[${kind}_templates.a]\ninherits = ["b"]\n[${kind}_templates.b]\ninherits = ["a"]\n`;
      const problems = await problemsOf(text);
      expect(problems.map((problem) => problem.message)).toEqual([expect.stringContaining('cycle: a → b → a')]);
      const store = storeOf(text);
      const getter = {
        vm: store.vmTemplate,
        agent: store.agentTemplate,
        workspace: store.workspaceTemplate,
        session: store.sessionTemplate,
      };
      expect((await failure(getter[kind as keyof typeof getter]('a'))).message).toContain('cycle');
    },
  );

  test('explain says where each value comes from', async () => {
    const store = storeOf('[vm_templates.a]\ncpus = 2\n[vm_templates.b]\ninherits = ["a"]\nmemory = 4\n');
    const values = await store.explain('vm', 'b');
    expect(values.cpus).toEqual({
      value: 2,
      origin: { from: 'template', template: 'a', path: configPath, line: 2, column: 1 },
    });
    expect(values.memory?.origin).toEqual({ from: 'file', path: configPath, line: 5, column: 1 });
    expect(values.disk).toEqual({ value: 50, origin: { from: 'default' } });
  });
});

describe('the digest', () => {
  const digest = async (text: string) => (await storeOf(text).load()).digest;

  test('does not depend on comments, order or spelling', async () => {
    const a = '[session.config]\nhistory_limit = 5\n[vm_templates.x]\ncpus = 2\nmemory = 3\n';
    const b = '# hello\n[vm_templates]\nx = { memory = 3, cpus = 2 }\n[session]\nconfig.history_limit = 5\n';
    expect(await digest(a)).toBe(await digest(b));
    expect(await digest(a)).toMatch(/^[0-9a-f]{64}$/);
  });

  test('depends on what templates resolve to', async () => {
    const parent = (cpus: number) => `[vm_templates.p]\ncpus = ${cpus}\n[vm_templates.c]\ninherits = ["p"]\n`;
    expect(await digest(parent(2))).not.toBe(await digest(parent(3)));
  });
});
