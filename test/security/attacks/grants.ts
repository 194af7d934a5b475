import { type Attack, type Lab, one } from './attack.ts';

const grant = ({ world }: Lab) => world.run('agent.workspace-grants.grant', { name: 'eve', workspaces: 'one' });
const deny = ({ world }: Lab) =>
  world.run('agent.workspace-grants.deny', { name: 'eve', workspaces: 'one', yes: true });
/** The reference's deny: the group is taken from the account, and nothing else happens. */
const referenceDeny = ({ root }: Lab) => root('gpasswd -d agt--eve ws--one >/dev/null');

/** Lets eve in, has her prepare, takes the grant away, and returns what she still has. */
const around =
  (take: (lab: Lab) => Promise<unknown>, prepare: (lab: Lab) => Promise<unknown>, use: (lab: Lab) => Promise<string>) =>
  async (lab: Lab): Promise<string> => {
    await grant(lab);
    await lab.root(`rm -f ${one}/later /tmp/got`);
    await prepare(lab);
    await take(lab);
    await lab.root(
      `echo "written after the deny" >${one}/later; chgrp ws--one ${one}/later; chmod 660 ${one}/later; sleep 0.4`,
    );
    const got = await use(lab);
    await lab.root('systemctl stop kept 2>/dev/null; pkill -KILL -u agt--eve; rm -f /tmp/got; true');
    await grant(lab);
    return got;
  };

const keeper = `while :; do cat ${one}/later >/tmp/got 2>/dev/null; sleep 0.1; done`;
const pairs = (prepare: (lab: Lab) => Promise<unknown>, use: (lab: Lab) => Promise<string>) => ({
  reference: around(referenceDeny, prepare, use),
  ours: around(deny, prepare, use),
});
const got = ({ root }: Lab): Promise<string> => root('cat /tmp/got 2>/dev/null || true');

/** Commands of the user's own service manager, over a login, as systemd wants it. */
const login = ({ world }: Lab, script: string) =>
  world.login('agt--eve', `export XDG_RUNTIME_DIR=/run/user/$(id -u); ${script}`);

export const grantAttacks: readonly Attack[] = [
  {
    name: 'is still let in after deny --all',
    answers: 'agents 9: deny --all never removes a group membership',
    way: 'rows are deleted first, then the remaining grants, which are none, are walked to take groups away',
    async reference(lab) {
      await grant(lab);
      const rows = new Set(['one']);
      rows.clear();
      for (const name of rows) await lab.root(`gpasswd -d agt--eve ws--${name}`);
      return lab.eve(`echo "written after deny" >${one}/x && cat ${one}/x`);
    },
    async ours(lab) {
      await lab.world.run('agent.workspace-grants.deny', { name: 'eve', all: true, yes: true });
      const wrote = await lab.eve(`echo "written after deny" >${one}/x && cat ${one}/x`);
      await grant(lab);
      return wrote;
    },
  },
  {
    name: 'goes on in a process that it had when the grant was taken away',
    answers: 'agents 9: removing a user from a group does not affect processes already running',
    way: 'gpasswd -d',
    ...pairs(({ root }) => root(`systemd-run -q --uid=agt--eve --unit=kept bash -c '${keeper}'; sleep 0.3`), got),
  },
  {
    name: 'goes on with nohup, in a session of its own, with a file held open',
    answers: 'agents 9, as above: open shells and descriptors',
    way: 'gpasswd -d',
    ...pairs(async (lab) => {
      await lab.as('op--one', `: >${one}/later; chmod 660 ${one}/later`);
      await lab.eve(
        `nohup setsid bash -c 'exec 5<>${one}/later; cd /; while :; do cat /proc/self/fd/5 >/tmp/got; sleep 0.1; done' >/dev/null 2>&1 </dev/null &`,
      );
    }, got),
  },
  {
    name: 'asks its own service manager, begun while it was let in, for another process',
    answers: 'agents 9, sessions 5.3: user scopes, timers and lingering',
    way: 'gpasswd -d; the manager and all its timers keep the group',
    ...pairs(
      async (lab) => {
        await lab.root(
          'systemctl stop user@$(id -u agt--eve).service; loginctl enable-linger agt--eve 2>/dev/null || true; for i in $(seq 50); do [ -S /run/user/$(id -u agt--eve)/bus ] && break; sleep 0.1; done',
        );
        await login(
          lab,
          `systemd-run --user -q --on-active=1 --on-unit-active=1 --timer-property=AccuracySec=100ms bash -c 'cat ${one}/later >/tmp/got'`,
        );
      },
      async (lab) => {
        await lab.root('sleep 1.5');
        await login(lab, `systemd-run --user -q bash -c 'cat ${one}/later >/tmp/got'; sleep 0.3`);
        const text = await got(lab);
        await lab.root(
          'loginctl disable-linger agt--eve 2>/dev/null; systemctl stop user@$(id -u agt--eve).service; true',
        );
        return text;
      },
    ),
  },
  {
    name: 'keeps the group in a set-gid copy of a program',
    answers: 'agents 9 and 11: access outlives the grant',
    way: 'homes and temporary folders on a file system that heeds set-gid bits',
    reference: async (lab) => {
      await lab.root('mount -o remount,bind,suid /var/tmp');
      const text = await around(
        referenceDeny,
        ({ eve }) => eve('cp /bin/cat /var/tmp/kept; chgrp ws--one /var/tmp/kept; chmod 2755 /var/tmp/kept'),
        ({ eve }) => eve(`/var/tmp/kept ${one}/later; rm -f /var/tmp/kept`),
      )(lab);
      await lab.root('mount -o remount,bind,nosuid /var/tmp');
      return text;
    },
    ours: around(
      deny,
      ({ eve }) =>
        eve(
          'for d in ~ /tmp /var/tmp /dev/shm; do cp /bin/cat $d/kept; chgrp ws--one $d/kept; chmod 2755 $d/kept; done',
        ),
      ({ eve }) => eve(`for d in ~ /tmp /var/tmp /dev/shm; do $d/kept ${one}/later; rm -f $d/kept; done`),
    ),
  },
  {
    name: 'links a file of its own into another workspace, and reads there what others write later',
    answers: 'agents 9: access outlives the grant',
    way: 'gpasswd -d; whoever owns a file may read it wherever it has a name',
    ...(() => {
      const shared = '/opt/agentworks/workspaces/shared';
      const prepare = async (lab: Lab) => {
        await lab.world.run('workspace.create', { name: 'shared', vm: 'box' }).catch(() => undefined);
        await lab.world.run('agent.workspace-grants.grant', { name: 'eve', workspaces: 'shared' });
        await lab.eve(
          `echo mine >${one}/plan; chmod 666 ${one}/plan; setfacl -m u:agt--eve:rw ${one}/plan; ln -f ${one}/plan ${shared}/plan`,
        );
      };
      const use = async (lab: Lab) => {
        await lab.as('op--one', `echo "written after the deny" >>${one}/plan`);
        return lab.eve(`grep after ${shared}/plan; rm -f ${shared}/plan`);
      };
      return pairs(prepare, use);
    })(),
  },
  {
    name: 'plans work with cron or at that outlives its sessions',
    answers: 'agents 8 and 9: scheduled work',
    way: 'Debian’s default: everybody may',
    async reference({ root, eve }) {
      await root('for k in cron at; do mv /etc/$k.allow /etc/$k.kept; done; touch /etc/at.deny');
      const text = await eve(
        "echo '0 0 1 1 * true' | crontab - && crontab -l; crontab -r; echo true | at now + 1 day 2>&1 | grep job; atrm $(atq | cut -f1)",
      );
      await root('for k in cron at; do mv /etc/$k.kept /etc/$k.allow; done');
      return text;
    },
    ours: ({ eve }) =>
      eve("echo '0 0 1 1 * true' | crontab - 2>/dev/null && crontab -l; echo true | at now + 1 day 2>&1 | grep job"),
  },
  {
    name: 'gets the next workspace of a name whose group it was in',
    answers: 'workspaces 14: the Linux group is never removed',
    way: 'rm -rf of the folder; groupadd later finds the group',
    async reference({ root, eve }) {
      await root(
        'groupadd ws--again; gpasswd -a agt--eve ws--again >/dev/null; rm -rf /opt/agentworks/workspaces/again',
      );
      await root(
        'getent group ws--again >/dev/null || groupadd ws--again; install -d -m 2770 -g ws--again /opt/agentworks/workspaces/again; echo "of the next" >/opt/agentworks/workspaces/again/x; chgrp ws--again /opt/agentworks/workspaces/again/x; chmod 660 /opt/agentworks/workspaces/again/x',
      );
      const text = await eve('cat /opt/agentworks/workspaces/again/x');
      await root('rm -rf /opt/agentworks/workspaces/again; groupdel ws--again');
      return text;
    },
    async ours({ world, eve, as }) {
      await world.run('workspace.create', { name: 'again', vm: 'box' });
      await world.run('agent.workspace-grants.grant', { name: 'eve', workspaces: 'again' });
      await world.run('workspace.delete', { name: 'again', yes: true, force: true });
      await world.run('workspace.create', { name: 'again', vm: 'box' });
      await as('op--again', 'echo "of the next" >/opt/agentworks/workspaces/again/x');
      return eve('cat /opt/agentworks/workspaces/again/x');
    },
  },
];
