import { type Attack, type Lab, withoutHidepid } from './attack.ts';

const links = [
  '.bashrc',
  '.profile',
  '.zshrc',
  '.agentworks-profile.sh',
  '.agentworks-rc.sh',
  '.git-credentials',
  '.gitconfig',
];

const canary = 'c4n4ry-value-of-a-key';
/** Looks through all arguments and environments that it may read; the pattern does not find itself. */
const lookForCanary = `grep -laE '${canary.slice(0, -1)}[${canary.slice(-1)}]' /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null || true`;

async function askSystemd({ root, eve }: Lab): Promise<string> {
  // The unit's own line is not what it is about, since what starts a session names no secret.
  await root(
    `printf 'exec -a ${canary} sleep 60' >/srv/named.sh; systemd-run -q --uid=agt--bob --unit=named bash /srv/named.sh; sleep 0.3`,
  );
  const said = await eve('systemctl status --no-pager -l named.service system.slice user.slice 2>&1');
  await root('systemctl stop named');
  return said.includes(canary) ? canary : '';
}

export const accountAttacks: readonly Attack[] = [
  {
    name: 'puts a link in the place of its own file, for root to change the owner of what it names',
    answers: 'agents 4: root changes owner and mode inside a directory the agent controls',
    way: 'root moves the file in place, and a connection later runs chown on its path',
    async reference({ root, eve }) {
      await root(
        'echo secret >/srv/owned; chmod 600 /srv/owned; echo x >/tmp/staged; mv /tmp/staged /home/agt--eve/.bashrc',
      );
      await eve('rm -f ~/.bashrc; ln -s /srv/owned ~/.bashrc');
      await root('chown agt--eve:agt--eve /home/agt--eve/.bashrc');
      return eve('cat /srv/owned; rm ~/.bashrc');
    },
    async ours({ world, root, eve }) {
      await root(
        `mkdir -p /srv/t/dir; for f in ${links.join(' ')}; do echo "of root" >/srv/t/$f; done; chmod -R go= /srv/t`,
      );
      await eve(
        `for f in ${links.join(' ')}; do rm -f ~/$f; ln -s /srv/t/$f ~/$f; done; rm -rf ~/.config ~/.local ~/.ssh; ln -s /srv/t/dir ~/.config; ln -s /srv/t/dir ~/.local; ln -s /srv/t/dir ~/.ssh`,
      );
      const look = `cd /srv/t; find . -printf '%p %u:%g %m\\n' | sort; cat ${links.join(' ')}`;
      const before = await root(look);
      await world.run('agent.reinit', { name: 'eve' }).catch(() => undefined);
      await world
        .run('session.create', { name: 'links', workspace: 'one', agent: 'eve', yes: true })
        .catch(() => undefined);
      await world.run('session.delete', { name: 'links', yes: true, force: true }).catch(() => undefined);
      const after = await root(look);
      await eve(`cd; rm -f ${links.join(' ')} .config .local .ssh`);
      return after === before ? '' : after;
    },
  },
  {
    name: 'reads what another agent left in its home',
    answers: 'agents 11: create homes 0700',
    way: 'useradd -m, which on Debian 12 gives 0755',
    async reference({ root, eve }) {
      await root('useradd -m agt--old && echo "of the other" >/home/agt--old/notes');
      return eve('cat /home/agt--old/notes');
    },
    ours: async ({ as, eve }) => {
      await as('agt--bob', 'umask 0; echo "of the other" >~/notes');
      return eve('ls -a /home/agt--bob /home/agentworks /home/op--two; cat /home/agt--bob/notes');
    },
  },
  {
    name: 'reads the keys of another session in the list of processes',
    answers: 'sessions 2: env values are part of the tmux server’s command line; agents 11: hidepid',
    way: 'sudo --login -u USER tmux new-session … "$SHELL -lic \'export KEY=value && …\'", with /proc open',
    reference: (lab) =>
      withoutHidepid(lab, async () => {
        await lab.root(
          `sudo -n --login -u agt--bob tmux -S /tmp/bob.sock new-session -d -s x "bash -lic 'export KEY=${canary} && sleep 100'"; sleep 0.2`,
        );
        const found = await lab.eve(lookForCanary);
        await lab.root('pkill -u agt--bob tmux; true');
        return found;
      }),
    // The same with /proc as open as there: hidepid is the second wall.
    ours: (lab) =>
      withoutHidepid(lab, async () => {
        await lab.world.run('session.create', {
          name: 'keys',
          workspace: 'two',
          agent: 'bob',
          template: 'keys',
          yes: true,
        });
        const found = await lab.eve(lookForCanary);
        await lab.world.run('session.delete', { name: 'keys', yes: true });
        return found;
      }),
  },
  {
    name: 'asks systemd for the arguments that /proc hides',
    answers: 'agents 11: hidepid',
    way: 'GetUnitProcesses, behind systemctl status, answers everybody',
    async reference(lab) {
      await lab.root('mv /etc/dbus-1/system.d/agentworks.conf /root/policy; systemctl reload dbus');
      const found = await askSystemd(lab);
      await lab.root('mv /root/policy /etc/dbus-1/system.d/agentworks.conf; systemctl reload dbus');
      return found;
    },
    ours: (lab) => askSystemd(lab),
  },
  {
    name: 'inherits the files of an agent that was deleted, by getting its number',
    answers: 'agents 8: keep uids from being reused',
    way: 'userdel -r, then useradd for the next agent; files in workspaces keep the bare number',
    async reference({ root, as }) {
      await root(
        'useradd -m agt--gone; install -m 600 -o agt--gone /dev/null /srv/left; echo secret >/srv/left; userdel -r agt--gone 2>/dev/null; useradd -m agt--heir',
      );
      return as('agt--heir', 'cat /srv/left');
    },
    async ours({ world, root, as }) {
      await world.run('agent.create', { name: 'gone', vm: 'box' });
      await root('install -m 600 -o agt--gone /dev/null /srv/left2; echo secret >/srv/left2');
      const range = await root('grep ^agt--gone: /etc/subuid');
      await world.run('agent.delete', { name: 'gone', yes: true, force: true });
      await world.run('agent.create', { name: 'heir2', vm: 'box' });
      const [, start] = range.split(':');
      const reused = await root(`grep -E '^agt--heir2:${start}:' /etc/subuid || true`);
      return (await as('agt--heir2', 'cat /srv/left2')) + reused;
    },
  },
];
