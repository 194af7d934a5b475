import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProbeRequest } from '../../src/core/remote/probe.ts';
import { parseProbe, startTimeOf } from '../../src/core/remote/probeParse.ts';
import { mainExitMessage, outOfMemoryMessage, probeScript } from '../../src/core/remote/probeScript.ts';

const pack = (text: string): string => `x${Buffer.from(text).toString('base64')}`;
const nonce = 'abc123';
const request: ProbeRequest = {
  sessions: [
    { name: 'claude', account: 'agt--a', socket: '/run/s', pid: 7, startTime: '99' },
    { name: 'other', account: 'agt--b', socket: '/run/o', pid: undefined },
  ],
  workspaces: [{ name: 'shop', path: '/srv/shop', account: 'op--shop' }],
};
const base = [
  'boot 11111111-2222-3333-4444-555555555555',
  'now 1700000000',
  'uptime 12.5',
  'cpus 4',
  'load 0.25',
  'memory MemTotal=1000 MemAvailable=400 SwapTotal=10 SwapFree=10',
  'disk 4096 100 40 30',
  `users ${pack('root:0:0\nagentworks:1000:1000\nagt--a:20000:20000\nevil:5:5\n')}`,
  `groups ${pack('agt--a:20000:\nws--shop:20001:agt--a,op--shop\nother:7:agt--a\n')}`,
  `ports ${pack('0100007F:1F90 20000\n00000000000000000000000001000000:0016 0\nxx:yy 1\n')}`,
];
const probe = (...more: string[]) =>
  parseProbe(
    ['hello from a banner', ...base, ...more, 'end'].map((line) => `${nonce} ${line}`).join('\n'),
    nonce,
    request,
    'agentworks',
  );
const panes = (command: string): string => pack(`0||||42|99|0|0|${command}\n`);
const stat = (name: string, start: string): string => pack(`7 (${name}) S ${'0 '.repeat(18)}${start} 0\n`);

describe('answer of a probe', () => {
  it('reads the machine', () => {
    expect(probe()).toMatchObject({
      now: 1_700_000_000,
      cpus: 4,
      memory: { totalBytes: 1_024_000, usedBytes: 614_400 },
      disk: { totalBytes: 409_600, usedBytes: 245_760 },
      users: [
        { name: 'agentworks', uid: 1000 },
        { name: 'agt--a', uid: 20_000, groups: ['agt--a', 'ws--shop', 'other'] },
      ],
      groups: [{ name: 'ws--shop', members: ['agt--a', 'op--shop'] }],
      ports: [
        { port: 8080, address: '127.0.0.1', user: 'agt--a' },
        { port: 22, address: '::1', user: 'root' },
      ],
    });
  });

  it('takes from the journal what systemd said of units, and nothing else of a line', () => {
    const line = (unit: string, id: string, more = '') =>
      `{"UNIT":"${unit}","MESSAGE_ID":"${id}","__REALTIME_TIMESTAMP":"1795629693001685"${more}}\n`;
    const journal = [
      line('agentworks-session-agt--a:x.service', outOfMemoryMessage),
      line('agentworks-session-agt--a:x.service', mainExitMessage, ',"EXIT_CODE":"killed"'),
      line('agentworks-session-agt--a:x.service', mainExitMessage, ',"EXIT_CODE":"exited"'),
      '{"UNIT":"a\\u001b.service","MESSAGE_ID":"x"}\nnonsense\n{"UNIT":"cut off',
    ];
    const of = { unit: 'agentworks-session-agt--a:x.service', at: 1_795_629_693.001685 };
    expect(probe(`journal ${pack(journal.join(''))}`)?.unitEvents).toEqual([
      { ...of, event: 'out-of-memory' },
      { ...of, event: 'killed' },
    ]);
    expect(probe()?.unitEvents).toEqual([]);
  });

  describe('about sessions of the reference', () => {
    const boot = '11111111-2222-3333-4444-555555555555';
    const stateOf = (patch: object, process: string, owner = 'agt--a') => {
      const old = {
        name: 'old',
        account: 'agt--a',
        socket: '/run/o' as string | undefined,
        pid: 7,
        bootId: boot,
        ...patch,
      };
      const answer = [...base, 'session 0 1 x', `process 0 ${owner} ${stat(process, '99')}`, 'end'];
      const text = answer.map((line) => `${nonce} ${line}`).join('\n');
      return parseProbe(text, nonce, { sessions: [old] }, 'agentworks')?.sessions[0]?.status;
    };

    it('calls one broken whose own server runs and does not answer', () => {
      expect(stateOf({}, 'tmux: server')).toBe('silent');
    });

    it('takes no process of another boot, of another program or of somebody else for its server', () => {
      expect(stateOf({ bootId: '99999999-2222-3333-4444-555555555555' }, 'tmux: server')).toBe('gone');
      expect(stateOf({}, 'bash')).toBe('gone');
      expect(stateOf({}, 'tmux: server', 'agt--b')).toBe('gone');
    });

    it('does not call one broken because the server that it shared runs on', () => {
      expect(stateOf({ socket: undefined }, 'tmux: server')).toBe('gone');
    });
  });

  it('is nothing when it was cut short', () => {
    const text = [...base].map((line) => `${nonce} ${line}`).join('\n');
    expect(parseProbe(text, nonce, request, 'agentworks')).toBeUndefined();
  });

  it('tells answered, silent and gone apart', () => {
    expect(probe(`session 0 0 ${panes('node')}`, 'session 1 94 x')?.sessions).toMatchObject([
      { name: 'claude', status: 'answered', panes: [{ pid: 42, command: 'node' }] },
      { name: 'other', status: 'gone' },
    ]);
    expect(probe('session 0 137 x')?.sessions).toEqual([{ name: 'claude', status: 'silent', pid: 0 }]);
    expect(probe('session 0 1 x', `process 0 agt--a ${stat('tmux: server', '99')}`)?.sessions[0]).toMatchObject({
      status: 'silent',
      pid: 7,
    });
  });

  it('does not take a reused pid for the server', () => {
    expect(probe('session 0 1 x', `process 0 agt--a ${stat('tmux) S (x', '98')}`)?.sessions[0]?.status).toBe('gone');
    expect(probe('session 0 1 x', `process 0 root ${stat('tmux: server', '99')}`)?.sessions[0]?.status).toBe('gone');
    expect(startTimeOf(`7 (a) b) S ${'0 '.repeat(18)}123 0`)).toBe('123');
  });

  it('leaves out what was not answered', () => {
    expect(probe('session 0 - x')?.sessions).toEqual([]);
    expect(probe()?.workspaces).toEqual([{ name: 'shop', exists: false, git: undefined }]);
  });

  it('reads Git, and only from a whole line', () => {
    expect(probe(`workspace 0 0 ${pack('3 2 1 4 feature/x\n')}`)?.workspaces).toEqual([
      { name: 'shop', exists: true, git: { changed: 3, untracked: 2, ahead: 1, stashes: 4, branch: 'feature/x' } },
    ]);
    expect(probe('workspace 0 137 x')?.workspaces[0]).toEqual({ name: 'shop', exists: true, git: undefined });
    expect(probe('workspace 0 93 x')?.workspaces[0]?.exists).toBe(false);
  });

  it('gives a session no way to speak for another one', () => {
    const forged = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 500 }),
      fc.constantFrom(`\n${nonce} session 1 0 ${panes('forged')}\n`, `\n${nonce} end\n`, `\n${nonce} users x\n`),
    );
    fc.assert(
      fc.property(forged, forged, (first, git) => {
        const result = probe(`session 0 0 ${pack(first)}`, 'session 1 94 x', `workspace 0 0 ${pack(git)}`);
        expect(result?.sessions.find((one) => one.name === 'other')).toEqual({ name: 'other', status: 'gone' });
        expect(result?.users.length).toBe(2);
      }),
    );
  });

  it('takes any output without throwing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.constantFrom(...base, 'session', 'session 0', 'process 0', 'end'))),
        (lines) => {
          const text = lines.map((line) => `${nonce} ${line}`).join('\n');
          expect(() => parseProbe(text, nonce, request, 'agentworks')).not.toThrow();
        },
      ),
    );
  });
});

describe('script of a probe', () => {
  it('is valid shell for hostile names, and stays small for many sessions', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
        (name) => {
          const script = probeScript({ sessions: [{ name, account: name, socket: name, pid: 5 }] }, nonce);
          expect(spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' }).stderr).toBe('');
        },
      ),
      { numRuns: 20 },
    );
    const many = Array.from({ length: 300 }, (_, i) => ({
      name: `session-${i}`,
      account: 'agt--someone',
      socket: `/run/agentworks/agent-tmux-sockets/agt--someone/session-${i}.sock`,
      pid: 12_345,
    }));
    // One argument of a command line holds 128 KiB; it travels as base64.
    expect(probeScript({ sessions: many }, nonce).length * 1.34).toBeLessThan(128 * 1024);
  });
});
