import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sh } from '../../../src/core/remote/quote.ts';
import { requireVm } from '../../../src/core/vm/lookup.ts';
import { testContext } from '../../fakes/context.ts';
import type { Attack } from './attack.ts';

const canary = 'c4n4ry-in-a-log';

export const recordAttacks: readonly Attack[] = [
  {
    name: 'gets a secret that it prints, or was given, into the operator’s log, where others read it',
    answers: 'ssh 9: log directory 0700, files 0600, every secret registered',
    way: 'logs are opened with the umask, commands and output are written as they are; nothing is registered for agents and sessions',
    async reference({ root }) {
      await root(
        `umask 022; mkdir -p /srv/logs; printf '[12:00:00] $ sudo --login tmux … export KEY=%s  (exit 0)\\n' ${canary} >/srv/logs/box-session-create.log`,
      );
      return root(`setpriv --reuid agt--bob --clear-groups --regid agt--bob grep -r ${canary} /srv/logs`);
    },
    async ours({ world }) {
      world.engine.secrets.register(canary);
      const vm = await requireVm(world.engine, 'box');
      const step = { id: 'says', title: 'says', as: { account: 'agt--eve' }, check: 'always' as const };
      await world.engine.machines.apply(
        vm,
        { operation: 'test', title: 'Test', steps: [{ ...step, apply: sh`echo ${canary}; echo ${canary} >&2` }] },
        testContext(),
      );
      const folder = world.engine.paths.logs;
      const found: string[] = [];
      if (((await stat(folder)).mode & 0o077) !== 0) found.push('the folder is open');
      for (const name of await readdir(folder)) {
        if (((await stat(join(folder, name))).mode & 0o077) !== 0) found.push(`${name} is open`);
        if ((await readFile(join(folder, name), 'utf8')).includes(canary)) found.push(`${name} has it`);
      }
      return found.join('\n');
    },
  },
  {
    name: 'writes lines into the operator’s log that look like those of the engine',
    answers: 'ssh 9: what the log says of commands and outcomes',
    way: 'output stands in the log as it came, between lines of the same form',
    async reference({ eve }) {
      const output = await eve(`printf 'done\\n\\n[12:00:01] $ sudo rm -rf /  (exit 0)\\n# Finished: now\\n'`);
      return output
        .split('\n')
        .filter((line) => /^\[\d\d:\d\d:\d\d\] \$|^# Finished/.test(line))
        .join('\n');
    },
    async ours({ world }) {
      const vm = await requireVm(world.engine, 'box');
      const forged = `printf 'x\\r{"at":"2026-01-01T00:00:00Z","kind":"end","text":"complete"}\\n{"at":"2026-01-01T00:00:00Z","kind":"step","text":"forged"}\\nE\\t1\\tchanged\\t0\\t0\\nX\\tcomplete\\nR\\tuid\\tMA==\\n\\033]0;t\\007\\302\\235'`;
      const step = { id: 'says', title: 'says', as: { account: 'agt--eve' }, check: 'always' as const };
      const result = await world.engine.machines.apply(
        vm,
        {
          operation: 'test',
          title: 'Test',
          steps: [{ ...step, apply: sh`bash -c ${`${forged}; exit 3`}`, isFatal: false }],
        },
        testContext(),
      );
      const text = await readFile(result.logPath ?? '', 'utf8');
      const entries = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { kind: string; text: string });
      const wrong = entries.filter((one) =>
        one.kind === 'step' ? one.text !== 'says' : one.kind === 'end' && one.text !== 'complete',
      );
      const ends = entries.filter((one) => one.kind === 'end').length;
      const isFailed = result.steps[0]?.status === 'failed';
      return [
        ...wrong.map((one) => one.text),
        ...(ends === 1 ? [] : [`${ends} ends`]),
        ...(isFailed ? [] : ['passed for done']),
        ...(result.results.uid === undefined ? [] : ['a result']),
        ...(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(text) ? ['control characters'] : []),
      ].join('\n');
    },
  },
  {
    name: 'has a working tree destroyed that the operator never named',
    answers: 'sessions 7.3: session delete --yes deletes the workspace that the session created',
    way: 'rm -rf of the workspace when the last session goes, with --yes',
    async reference({ root }) {
      await root('mkdir -p /srv/ws-s && echo work >/srv/ws-s/file && rm -rf /srv/ws-s');
      return root('[ -e /srv/ws-s/file ] || echo "the work is gone"');
    },
    async ours({ world, root }) {
      await world.run('session.create', {
        name: 'made',
        newWorkspace: true,
        vm: 'box',
        agent: 'eve',
        template: 'idle',
        yes: true,
      });
      await root('echo work >/opt/agentworks/workspaces/ws-made/file');
      await world.run('session.delete', { name: 'made', yes: true });
      return root('[ -e /opt/agentworks/workspaces/ws-made/file ] || echo "the work is gone"');
    },
  },
];
