import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { insertAgent } from '../../src/core/agent/rows.ts';
import type { Engine } from '../../src/core/engine.ts';
import { syncHostsFile } from '../../src/core/ssh/hostsFile.ts';
import type { Vm } from '../../src/core/vm/model.ts';
import { deleteVm, insertVm } from '../../src/core/vm/rows.ts';
import { insertWorkspace } from '../../src/core/workspace/rows.ts';
import { createNodeEngine } from '../../src/node/createEngine.ts';
import { silentAsk } from '../fakes/ask.ts';

const hostKey = `ssh-ed25519 ${Buffer.from([0, 0, 0, 11, ...Buffer.from('ssh-ed25519'), 0, 0, 0, 32, ...Buffer.alloc(32, 7)]).toString('base64')}`;
const at = '2026-01-01T00:00:00Z';

const vm = (name: string, changes: Partial<Vm> = {}): Vm => ({
  id: Buffer.from(name.padEnd(6, '.')).toString('hex'),
  name,
  platform: 'ssh',
  origin: 'adopted',
  network: 'direct',
  template: 'default',
  adminUser: 'agentworks',
  provisioning: 'complete',
  init: 'complete',
  address: { host: '192.0.2.1', port: 2201 },
  hostKeys: [hostKey],
  connectTimeoutMs: 10_000,
  cpus: undefined,
  memoryGib: undefined,
  diskGib: undefined,
  swapGib: undefined,
  vmHost: undefined,
  platformData: {},
  createdAt: at,
  lastSeenAt: undefined,
  ...changes,
});

describe('syncHostsFile', () => {
  let home: string;
  let engine: Engine;
  const path = (name: string): string => join(home, name);
  const read = (name: string): Promise<string | undefined> => readFile(path(name), 'utf8').catch(() => undefined);
  const open = async (extra = ''): Promise<void> => {
    await mkdir(path('.config/agentworks'), { recursive: true });
    await writeFile(path('key'), 'x');
    await writeFile(path('key.pub'), hostKey);
    const operator = `[operator]\nssh_public_key = "~/key.pub"\nssh_private_key = "~/key"\n${extra}`;
    await writeFile(path('.config/agentworks/config.toml'), operator);
    await engine?.close();
    engine = createNodeEngine({ ask: silentAsk, env: { HOME: home, PATH: process.env.PATH }, version: '0' });
  };
  const add = async (row: Vm, workspaces: string[] = []): Promise<void> => {
    await engine.database.write((writer) => {
      insertVm(writer, row);
      for (const name of workspaces) {
        insertWorkspace(writer, {
          name,
          type: 'vm',
          vmName: row.name,
          template: 'default',
          path: `/opt/${name}`,
          status: 'ready',
          repo: undefined,
          createdAt: at,
          lastSeenAt: undefined,
        });
      }
    });
  };
  /** As for an operator whose account has this home. */
  const sync = (options: { check?: boolean; remove?: boolean } = {}): ReturnType<typeof syncHostsFile> =>
    syncHostsFile(engine, { openSshHome: home, ...options });
  /** OpenSSH takes `~` from the password database, so what it is to read has whole paths. */
  const syncForOpenSsh = (): ReturnType<typeof syncHostsFile> => syncHostsFile(engine);
  /** What OpenSSH itself makes of the result. */
  const resolved = (alias: string): Record<string, string> => {
    const ran = spawnSync('ssh', ['-F', path('.ssh/config'), '-T', '-G', alias], {
      env: { ...process.env, HOME: home },
    });
    expect(ran.stderr.toString()).toBe('');
    return Object.fromEntries(
      ran.stdout
        .toString()
        .split('\n')
        .map((line) => [line.split(' ')[0], line.split(' ').slice(1).join(' ')]),
    );
  };

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'agentworks-ssh-'));
    await open();
  });
  afterEach(async () => {
    await engine.close();
    await rm(home, { recursive: true, force: true });
  });

  it('makes nothing while there is nothing to list', async () => {
    expect((await sync()).changes).toEqual([]);
    expect(await readdir(home)).not.toContain('.ssh');
    expect(await read('.config/agentworks/known_hosts')).toBeUndefined();
  });

  it('lists the admin of each VM and the operator account of each workspace, in a file of its own', async () => {
    await add(vm('dev'), ['web']);
    await add(vm('old', { hostKeys: [], address: { host: '192.0.2.2', port: 22 } }));
    await add(vm('unborn', { provisioning: 'pending', address: undefined }));
    const { aliases } = await sync();
    expect(aliases).toEqual(['awvm--dev', 'awvm--old', 'awvm--op--web']);
    expect(await read('.ssh/config')).toBe('# Added by agentworks\nInclude ~/.ssh/config.d/agentworks.conf\n');
    expect(await read('.ssh/config.d/agentworks.conf')).toMatchInlineSnapshot(`
      "# Managed by agentworks -- do not edit.

      Host awvm--dev
          HostName 192.0.2.1
          Port 2201
          User agentworks
          IdentityFile ~/key
          HostKeyAlias agw-6465762e2e2e
          UserKnownHostsFile ~/.config/agentworks/known_hosts
          GlobalKnownHostsFile none
          StrictHostKeyChecking yes
          CheckHostIP no
          VerifyHostKeyDNS no
          UpdateHostKeys no
          ServerAliveInterval 15
          ServerAliveCountMax 3
          IdentitiesOnly yes
          ForwardAgent no

      Host awvm--old
          HostName 192.0.2.2
          Port 22
          User agentworks
          IdentityFile ~/key
          ServerAliveInterval 15
          ServerAliveCountMax 3
          IdentitiesOnly yes
          ForwardAgent no

      Host awvm--op--web
          HostName 192.0.2.1
          Port 2201
          User op--web
          IdentityFile ~/key
          HostKeyAlias agw-6465762e2e2e
          UserKnownHostsFile ~/.config/agentworks/known_hosts
          GlobalKnownHostsFile none
          StrictHostKeyChecking yes
          CheckHostIP no
          VerifyHostKeyDNS no
          UpdateHostKeys no
          ServerAliveInterval 15
          ServerAliveCountMax 3
          IdentitiesOnly yes
          ForwardAgent no
      "
    `);
    expect(await read('.config/agentworks/known_hosts')).toContain(`agw-${vm('dev').id} ${hostKey}\n`);
    expect((await stat(path('.ssh'))).mode & 0o777).toBe(0o700);
    for (const file of ['.ssh/config', '.ssh/config.d/agentworks.conf', '.config/agentworks/known_hosts']) {
      expect((await stat(path(file))).mode & 0o777).toBe(0o600);
    }
  });

  it('is what OpenSSH understands', async () => {
    await add(vm('dev'), ['web']);
    await syncForOpenSsh();
    expect(resolved('awvm--op--web')).toMatchObject({
      hostname: '192.0.2.1',
      port: '2201',
      user: 'op--web',
      hostkeyalias: `agw-${vm('dev').id}`,
      stricthostkeychecking: 'true',
      identitiesonly: 'yes',
      forwardagent: 'no',
      serveraliveinterval: '15',
      userknownhostsfile: path('.config/agentworks/known_hosts'),
    });
    expect(resolved('awvm--dev').user).toBe('agentworks');
  });

  it('has an entry for the login of each agent', async () => {
    await add(vm('dev'), ['web']);
    await engine.database.write((writer) => {
      for (const [name, status] of [
        ['ada', 'ready'],
        ['half', 'creating'],
      ] as const) {
        insertAgent(writer, {
          name,
          vmName: 'dev',
          linuxUser: `agt--${name}`,
          uid: undefined,
          template: 'default',
          grantAll: false,
          status,
          createdAt: at,
        });
      }
    });
    const { aliases } = await syncForOpenSsh();
    expect(aliases).toEqual(['awvm--agt--ada', 'awvm--dev', 'awvm--op--web']);
    expect(resolved('awvm--agt--ada')).toMatchObject({ user: 'agt--ada', stricthostkeychecking: 'true' });
  });

  it('writes nothing the second time', async () => {
    await add(vm('dev'));
    await sync();
    const before = await stat(path('.ssh/config.d/agentworks.conf'));
    expect((await sync()).changes).toEqual([]);
    expect((await stat(path('.ssh/config.d/agentworks.conf'))).mtimeMs).toBe(before.mtimeMs);
  });

  it('only says what it would do with check', async () => {
    await add(vm('dev'));
    const { changes } = await sync({ check: true });
    expect(changes.map((change) => change.path.slice(home.length + 1))).toEqual([
      '.config/agentworks/known_hosts',
      '.ssh/config.d/agentworks.conf',
      '.ssh/config',
    ]);
    expect(await readdir(home)).not.toContain('.ssh');
  });

  it('removes its file with the last VM, forgets the host key, and leaves the Include line', async () => {
    await add(vm('dev'));
    await sync();
    await engine.database.write((writer) => deleteVm(writer, 'dev'));
    await sync();
    expect(await read('.ssh/config.d/agentworks.conf')).toBeUndefined();
    expect(await read('.ssh/config')).toContain('Include');
    expect(await read('.config/agentworks/known_hosts')).not.toContain('ssh-ed25519');
    expect((await sync()).changes).toEqual([]);
  });

  it('takes out all that it wrote, the Include line too, while the VMs stay on record', async () => {
    await mkdir(path('.ssh'));
    const before = 'Host mine\n  User me\n';
    await writeFile(path('.ssh/config'), before);
    await add(vm('dev'), ['web']);
    await sync();
    expect(await read('.ssh/config')).not.toBe(before);
    expect((await sync({ remove: true, check: true })).changes.length).toBeGreaterThan(0);
    expect(await read('.ssh/config')).not.toBe(before);
    const { aliases } = await sync({ remove: true });
    expect(aliases).toEqual([]);
    expect(await read('.ssh/config')).toBe(before);
    expect(await read('.ssh/config.d/agentworks.conf')).toBeUndefined();
    expect((await sync({ remove: true })).changes).toEqual([]);
    expect((await sync()).aliases.length).toBe(2);
  });

  describe("the operator's own file", () => {
    const write = async (text: string, mode = 0o640): Promise<void> => {
      await mkdir(path('.ssh'), { recursive: true, mode: 0o700 });
      await writeFile(path('.ssh/config'), text);
      await chmod(path('.ssh/config'), mode);
    };

    it('keeps its bytes, mode and line ends, with a backup of what it was', async () => {
      const text = 'Host a\r\n\tUser x\r\n# the end';
      await write(text);
      await add(vm('dev'));
      await sync();
      const include = '# Added by agentworks\r\nInclude ~/.ssh/config.d/agentworks.conf\r\n\r\n';
      expect(await read('.ssh/config')).toBe(include + text);
      expect((await stat(path('.ssh/config'))).mode & 0o777).toBe(0o640);
      expect(await read('.ssh/config.before-agentworks')).toBe(text);
    });

    it('stays a symbolic link', async () => {
      await mkdir(path('dotfiles'));
      await mkdir(path('.ssh'), { mode: 0o700 });
      await writeFile(path('dotfiles/ssh'), 'User x\n');
      await symlink(path('dotfiles/ssh'), path('.ssh/config'));
      await add(vm('dev'));
      await sync();
      expect(await read('dotfiles/ssh')).toMatch(/^# Added by agentworks\nInclude .*\n\nUser x\n$/);
    });

    it.each([
      ['the same line', 'Include ~/.ssh/config.d/agentworks.conf\n'],
      ["the reference's line", '# Added by agentworks\nInclude ~/.ssh/config.d/*\n\nHost x\n  User y\n'],
      ['a relative one', 'include "config.d/*.conf" other\n'],
      ['one with an equals sign', 'User me\nInclude=~/.ssh/config.d/*\n'],
    ])('is left alone where it includes us already: %s', async (_name, text) => {
      await write(text);
      await add(vm('dev'));
      const { changes } = await sync();
      expect(changes.map((change) => change.path)).not.toContain(path('.ssh/config'));
    });

    it.each([
      ['commented out', '# Include ~/.ssh/config.d/*\nUser me\n'],
      ['inside a host', 'Host x\n    Include ~/.ssh/config.d/*\n'],
      ['inside a match', 'Match user root\nInclude ~/.ssh/config.d/agentworks.conf\n'],
      ['elsewhere', 'Include ~/.ssh/other/*\n'],
      ['a folder deeper', 'Include ~/.ssh/conf/*\n'],
    ])('gets an active line where the one it has does not count: %s', async (_name, text) => {
      await write(text, 0o600);
      await add(vm('dev'));
      await syncForOpenSsh();
      expect(await read('.ssh/config')).toBe(
        `# Added by agentworks\nInclude ${home}/.ssh/config.d/agentworks.conf\n\n${text}`,
      );
      expect(resolved('awvm--dev').hostname).toBe('192.0.2.1');
      expect((await syncForOpenSsh()).changes).toEqual([]);
    });

    const marker = '# --- Managed by agentworks. Do not edit below this line. ---';
    it("loses the reference's old block, but nothing that people added below", async () => {
      const block = `${marker}\nHost awvm--dev\n    HostName 100.64.0.1\n    User agentworks\n    IdentityFile ~/.ssh/id\n`;
      await write(`Host a\n  User x\n\n${block}\nHost mine\n    HostName 192.0.2.9\n`);
      await add(vm('dev'));
      await sync();
      const text = await read('.ssh/config');
      expect(text).toMatch(
        /^# Added by agentworks\nInclude \S+\n\nHost a\n {2}User x\n\nHost mine\n {4}HostName 192.0.2.9\n$/,
      );
      expect(text).not.toContain('Managed');
    });

    it('refuses two blocks instead of guessing', async () => {
      await write(`${marker}\n${marker}\n`);
      await add(vm('dev'));
      await expect(sync()).rejects.toMatchObject({ code: 'config' });
    });

    it('holds the entries itself in section mode, and goes back without a trace', async () => {
      const own = 'Host a\n  User x\n';
      await write(own, 0o600);
      await add(vm('dev'));
      await syncForOpenSsh();
      await open('ssh_config_dir = false\n');
      await syncForOpenSsh();
      const text = await read('.ssh/config');
      expect(text).toMatch(/^Host a\n {2}User x\n\n# --- Managed[^\n]*\nHost awvm--dev\n/);
      expect(text).not.toContain('Include');
      expect(await read('.ssh/config.d/agentworks.conf')).toBeUndefined();
      expect(resolved('awvm--dev').hostname).toBe('192.0.2.1');
      expect((await syncForOpenSsh()).changes).toEqual([]);

      await engine.database.write((writer) => deleteVm(writer, 'dev'));
      await syncForOpenSsh();
      expect(await read('.ssh/config')).toBe(own);
    });

    it('follows a changed prefix, in lower case', async () => {
      await add(vm('dev'));
      await sync();
      await open('ssh_host_prefix = "My."\n');
      expect((await sync()).aliases).toEqual(['my.dev']);
      expect(await read('.ssh/config.d/agentworks.conf')).not.toContain('awvm--');
    });

    it('is untouched when it cannot be understood to be ours', async () => {
      await mkdir(path('.ssh/config.d'), { recursive: true });
      await writeFile(path('.ssh/config.d/agentworks.conf'), 'Host somebody-elses\n');
      await add(vm('dev'));
      await expect(sync()).rejects.toMatchObject({ code: 'refused' });
      expect(await read('.ssh/config.d/agentworks.conf')).toBe('Host somebody-elses\n');
    });
  });

  it('quotes paths with blanks, percent signs and quotes', async () => {
    const odd = join(home, 'k %h "x" #y');
    await writeFile(odd, 'x');
    await open();
    const text = await readFile(engine.paths.config, 'utf8');
    await writeFile(engine.paths.config, text.replace('"~/key"', JSON.stringify(odd)));
    await add(vm('dev'));
    await syncForOpenSsh();
    expect(resolved('awvm--dev').identityfile).toBe(odd.replaceAll('%', '%%'));
  });

  it('is safe from two windows at once', async () => {
    await add(vm('dev'));
    const other = createNodeEngine({ ask: silentAsk, env: { HOME: home, PATH: process.env.PATH }, version: '0' });
    await Promise.all([sync(), syncHostsFile(other, { openSshHome: home }), sync()]);
    await other.close();
    expect((await read('.ssh/config'))?.match(/Include/g)).toHaveLength(1);
  });
});
