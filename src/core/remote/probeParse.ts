import { parsePanes } from '../tmux/parse.ts';
import type { Probe, ProbedSession, ProbedWorkspace, ProbeRequest, UnitEvent, Usage } from './probe.ts';
import { killedCode, mainExitMessage, noDirectoryCode, outOfMemoryMessage } from './probeScript.ts';

type Records = ReadonlyMap<string, string[][]>;

/** Lines of this probe by kind; everything without its nonce (a banner, a broken line) is dropped. */
function recordsOf(output: string, nonce: string): Records {
  const records = new Map<string, string[][]>();
  for (const line of output.split('\n')) {
    if (!line.startsWith(`${nonce} `)) continue;
    const [kind = '', ...fields] = line.slice(nonce.length + 1).split(' ');
    const known = records.get(kind);
    if (known) known.push(fields);
    else records.set(kind, [fields]);
  }
  return records;
}

const one = (records: Records, kind: string): string[] => records.get(kind)?.[0] ?? [];

const number = (text: string | undefined): number => {
  // What no machine can say (1e308 KiB) counts as nothing too.
  return text !== undefined && /^\d{1,16}(?:\.\d{1,9})?$/.test(text) ? Number(text) : 0;
};

const unpack = (field: string | undefined): string =>
  field?.startsWith('x') ? Buffer.from(field.slice(1), 'base64').toString('utf8') : '';

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

const usage = (totalBytes: number, freeBytes: number): Usage => ({
  totalBytes,
  usedBytes: Math.max(0, totalBytes - freeBytes),
});

/** An answer as a probe; undefined when it is cut short. Never throws, whatever an account made of its part. */
export function parseProbe(output: string, nonce: string, request: ProbeRequest, adminUser: string): Probe | undefined {
  const records = recordsOf(output, nonce);
  const bootId = one(records, 'boot')[0] ?? '';
  if (!records.has('end') || !/^[0-9a-f-]{36}$/.test(bootId)) return undefined;
  const memory = new Map(
    one(records, 'memory').map((field) => {
      const [key = '', kib] = field.split('=');
      return [key, number(kib) * 1024] as const;
    }),
  );
  const [blockSize, blocks, free] = one(records, 'disk').map(number);
  const passwd = lines(unpack(one(records, 'users')[0])).map((line) => line.split(':'));
  const group = lines(unpack(one(records, 'groups')[0])).map((line) => line.split(':'));
  const nameOf = new Map(passwd.map(([name = '', uid]) => [uid, name]));
  return {
    bootId,
    now: number(one(records, 'now')[0]),
    uptimeSeconds: number(one(records, 'uptime')[0]),
    cpus: number(one(records, 'cpus')[0]) || 1,
    load1: number(one(records, 'load')[0]),
    memory: usage(memory.get('MemTotal') ?? 0, memory.get('MemAvailable') ?? 0),
    swap: usage(memory.get('SwapTotal') ?? 0, memory.get('SwapFree') ?? 0),
    disk: usage((blockSize ?? 0) * (blocks ?? 0), (blockSize ?? 0) * (free ?? 0)),
    users: passwd.flatMap(([name = '', uid, gid]) =>
      name.startsWith('agt--') || name.startsWith('op--') || name === adminUser
        ? [
            {
              name,
              uid: number(uid),
              groups: group.flatMap(([groupName = '', groupId, members = '']) =>
                groupId === gid || members.split(',').includes(name) ? [groupName] : [],
              ),
            },
          ]
        : [],
    ),
    groups: group.flatMap(([name = '', gid, members = '']) =>
      name.startsWith('ws--')
        ? [{ name, gid: number(gid), members: members.split(',').filter((member) => member !== '') }]
        : [],
    ),
    unitEvents: lines(unpack(one(records, 'journal')[0])).flatMap(unitEvent),
    sessions: sessions(records, request, bootId),
    workspaces: workspaces(records, request),
    ports: ports(unpack(one(records, 'ports')[0]), nameOf),
  };
}

function sessions(records: Records, request: ProbeRequest, bootId: string): ProbedSession[] {
  const answers = new Map((records.get('session') ?? []).map(([i, rc, text]) => [i, { rc, text: unpack(text) }]));
  const processes = new Map(
    (records.get('process') ?? []).map(([i, owner, stat]) => [i, { owner, stat: unpack(stat) }]),
  );
  return (request.sessions ?? []).flatMap((session, i): ProbedSession[] => {
    const { name } = session;
    const answer = answers.get(String(i));
    if (answer === undefined || answer.rc === '-') return [];
    const panes = answer.rc === '0' ? parsePanes(answer.text) : [];
    if (panes.length > 0) return [{ name, status: 'answered', panes }];
    const process = processes.get(String(i));
    // A default server is shared: that it runs says nothing about one session of it.
    const isServer =
      process !== undefined &&
      session.socket !== undefined &&
      process.owner === session.account &&
      (session.startTime === undefined
        ? session.bootId === bootId && process.stat.includes(' (tmux: server) ')
        : startTimeOf(process.stat) === session.startTime);
    // A socket that somebody holds open without answering, or that answers nonsense, is not "gone".
    const isSilent = isServer || Number(answer.rc) === killedCode || answer.rc === '0';
    return [isSilent ? { name, status: 'silent', pid: isServer ? (session.pid ?? 0) : 0 } : { name, status: 'gone' }];
  });
}

/** One line of the journal as JSON. The last one may be cut off. */
function unitEvent(line: string): UnitEvent[] {
  const field = (name: string): string => new RegExp(`"${name}":"([^"\\\\]{1,256})"`).exec(line)?.[1] ?? '';
  const unit = field('UNIT');
  const at = number(field('__REALTIME_TIMESTAMP')) / 1e6;
  if (unit === '' || at === 0) return [];
  switch (field('MESSAGE_ID')) {
    case outOfMemoryMessage:
      return [{ unit, event: 'out-of-memory', at }];
    case mainExitMessage:
      return field('EXIT_CODE') === 'killed' ? [{ unit, event: 'killed', at }] : [];
    default:
      return [];
  }
}

/** Field 22 of a `/proc/<pid>/stat` line; the command name in it may hold spaces and parentheses. */
export function startTimeOf(stat: string): string | undefined {
  const rest = stat.slice(stat.lastIndexOf(')') + 1).trim();
  return rest.split(/\s+/)[19];
}

function workspaces(records: Records, request: ProbeRequest): ProbedWorkspace[] {
  const answers = new Map((records.get('workspace') ?? []).map(([i, rc, text]) => [i, { rc, text: unpack(text) }]));
  return (request.workspaces ?? []).map(({ name }, i) => {
    const answer = answers.get(String(i));
    const match = answer?.rc === '0' ? /^(\d{1,9}) (\d{1,9}) (\d{1,9}) (\d{1,9}) (.{1,250})$/m.exec(answer.text) : null;
    return {
      name,
      exists: answer !== undefined && Number(answer.rc) !== noDirectoryCode,
      git: match
        ? {
            changed: Number(match[1]),
            untracked: Number(match[2]),
            ahead: Number(match[3]),
            stashes: Number(match[4]),
            branch: match[5] ?? '',
          }
        : undefined,
    };
  });
}

function ports(text: string, nameOf: ReadonlyMap<string | undefined, string>): Probe['ports'] {
  return lines(text).flatMap((line) => {
    const [local = '', uid] = line.split(' ');
    const [hexAddress = '', hexPort = ''] = local.split(':');
    const port = Number.parseInt(hexPort, 16);
    const address = addressOf(hexAddress);
    return address === undefined || !/^[0-9A-F]{4}$/.test(hexPort)
      ? []
      : [{ port, address, user: nameOf.get(uid) ?? uid ?? '' }];
  });
}

/** Addresses of /proc/net/tcp: 32-bit words in the machine's byte order, little-endian wherever Debian 12 runs our platforms. */
function addressOf(hex: string): string | undefined {
  if (!/^([0-9A-F]{8}|[0-9A-F]{32})$/.test(hex)) return undefined;
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => [...Buffer.from(word, 'hex')].reverse());
  if (bytes.length === 4) return bytes.join('.');
  if (bytes.every((byte) => byte === 0)) return '::';
  const words = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  const text = words.join(':');
  return text === '0:0:0:0:0:0:0:1' ? '::1' : text;
}
