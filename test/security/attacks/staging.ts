import { sh } from '../../../src/core/remote/quote.ts';
import { requireVm } from '../../../src/core/vm/lookup.ts';
import { testContext } from '../../fakes/context.ts';
import { type Attack, withoutHidepid } from './attack.ts';

const staged = ['.bashrc', '.zshrc', '.git-credentials', '.agentworks-profile.sh', 'mise-lock'];
const plant = (user: string): string =>
  [
    ...staged.map((name) => `/tmp/agentworks-${user}-${name}`),
    '/tmp/agentworks-detached.sh',
    '/tmp/agentworks-source-ref',
    `/tmp/${user}-copy.tgz`,
  ]
    .map((path) => `echo 'id -u >/srv/ran-planted # evil' >${path}; chmod 666 ${path}`)
    .join('; ');

/** Writes into everything below these folders that it can, until it is told to stop. */
const spoiler = `#!/bin/bash
while [ ! -e /tmp/spoil-stop ]; do
  for f in /run/agentworks/ops/*/* /var/lib/agentworks/ops/*/* /run/agentworks/ops/* /tmp/agentworks* /tmp/tmp.*; do
    [ -f "$f" ] && echo 'id -u >/srv/ran-spoiled' >"$f"
  done 2>/dev/null
  sleep 0.01
done`;

const secret = 'c4n4ry-of-an-operation';
const lookForSecret = `grep -rlasE '${secret.slice(0, -1)}[${secret.slice(-1)}]' /tmp /var/tmp /dev/shm /run /var/lib/agentworks /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | head -n 5 || true`;

export const stagingAttacks: readonly Attack[] = [
  {
    name: 'owns the file in /tmp that another agent’s is staged in',
    answers: 'agents 4: /tmp/agentworks-<user>-<basename> is guessable; ssh 7: never stage in /tmp',
    way: 'scp as admin to /tmp/agentworks-USER-.bashrc, then mv and chown by root',
    async reference({ root, eve, as }) {
      const path = '/tmp/agentworks-agt--bob-.bashrc';
      await eve(`: >${path}; chmod 666 ${path}`);
      // What scp does with a file that is there: it writes into it, and leaves its owner.
      await as('agentworks', `echo 'export PS1=x' >${path}`);
      await eve(`echo '# evil' >${path}`);
      await root(`mv ${path} /home/agt--bob/.bashrc; chown agt--bob:agt--bob /home/agt--bob/.bashrc`);
      return root('grep evil /home/agt--bob/.bashrc; rm /home/agt--bob/.bashrc');
    },
    async ours({ world, root, eve }) {
      await eve(plant('agt--carl'));
      await world.run('agent.create', { name: 'carl', vm: 'box' });
      const got = await root('grep -rl evil /home/agt--carl || true; cat /srv/ran-planted 2>/dev/null || true');
      await eve('rm -rf /tmp/agentworks-* /tmp/*-copy.tgz');
      return got;
    },
  },
  {
    name: 'exchanges the script of a job that root runs',
    answers: 'ssh 8: a root job whose script lies under a known name in /tmp can be replaced',
    way: 'write /tmp/agentworks-detached.sh as admin, a connection later sudo bash it',
    async reference({ root, eve, as }) {
      await eve(': >/tmp/agentworks-detached.sh; chmod 666 /tmp/agentworks-detached.sh');
      await as('agentworks', "echo 'echo fine' >/tmp/agentworks-detached.sh");
      await eve("echo 'id -u >/srv/ran-as' >/tmp/agentworks-detached.sh");
      await as('agentworks', 'sudo -n /bin/bash /tmp/agentworks-detached.sh');
      return root('cat /srv/ran-as; rm -f /tmp/agentworks-detached.sh');
    },
    async ours({ world, root, put }) {
      await put('/tmp/spoiler.sh', spoiler);
      await root('rm -f /tmp/spoil-stop; systemd-run -q --uid=agt--eve --unit=spoiler bash /tmp/spoiler.sh');
      const vm = await requireVm(world.engine, 'box');
      const work = { id: 'work', title: 'work', as: 'root' as const, check: 'always' as const, apply: sh`sleep 1` };
      await world.engine.machines.apply(vm, { operation: 'test', title: 'Test', steps: [work] }, testContext());
      await world.run('agent.reinit', { name: 'bob' });
      await root('touch /tmp/spoil-stop; sleep 0.2');
      return root('cat /srv/ran-spoiled 2>/dev/null || true');
    },
  },
  {
    name: 'reads the script and the secrets of a running operation',
    answers: 'agents 4, sessions 2, ssh 7: no staging in /tmp, no secret in arguments',
    way: 'a wrapper script in /tmp, and values in the command line',
    reference: (lab) =>
      withoutHidepid(lab, async () => {
        await lab.as(
          'agentworks',
          `umask 022; echo 'export TOKEN=${secret}; sleep 2' >/tmp/agentworks-job.sh; (sudo -n bash /tmp/agentworks-job.sh >/dev/null 2>&1 &)`,
        );
        const found = await lab.eve(lookForSecret);
        await lab.root('rm -f /tmp/agentworks-job.sh');
        return found;
      }),
    ours: (lab) =>
      withoutHidepid(lab, async () => {
        const vm = await requireVm(lab.world.engine, 'box');
        const step = {
          id: 'work',
          title: 'work',
          as: { account: 'agt--bob' },
          check: 'always' as const,
          secrets: ['TOKEN'],
        };
        const work = lab.world.engine.machines.apply(
          vm,
          {
            operation: 'test',
            title: 'Test',
            secrets: { TOKEN: secret },
            steps: [{ ...step, apply: sh`cp "$AW_SECRET_TOKEN" ~/got; sleep 2` }],
          },
          testContext(),
        );
        await lab.root('until [ -e /home/agt--bob/got ]; do sleep 0.05; done');
        const found = await lab.eve(lookForSecret);
        await work;
        return found;
      }),
  },
];
