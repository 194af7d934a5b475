import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';
import { ed25519Pair } from '../vm-harness/keys.ts';

/** An SSH server that answers status questions as a machine with healthy sessions would; any key may log in. */
export interface MachineDouble {
  port: number;
  hostKey: string;
  /** Questions answered so far. */
  answered(): number;
  close(): Promise<void>;
}

const packed = (text: string): string => `x${Buffer.from(text).toString('base64')}`;

/** The script that a command carries. */
const scriptIn = (command: string): string =>
  Buffer.from(/echo ([A-Za-z0-9+/=]{100,}) \|/.exec(command)?.[1] ?? '', 'base64').toString();

function answerTo(script: string, bootId: string): string {
  const nonce = /^nonce=(\S+)$/m.exec(script)?.[1]?.replaceAll("'", '');
  const now = Math.floor(Date.now() / 1000);
  const sessions = script.match(/^answer session /gm)?.length ?? 0;
  const records = [
    `boot ${bootId}`,
    `now ${now}`,
    'uptime 86400.5',
    'cpus 4',
    'load 0.50',
    'memory MemTotal=8000000 MemAvailable=5000000 SwapTotal=0 SwapFree=0 ',
    'disk 4096 5000000 3000000 3000000',
    `users ${packed('agentworks:1000:1000\n')}`,
    `groups ${packed('ws--site:21000:\n')}`,
    `ports ${packed('')}`,
    ...Array.from({ length: sessions }, (_, i) => `session ${i} 0 ${packed(`0||||4${i}|${now}|0|0|bash\n`)}`),
    'end',
  ];
  return records.map((record) => `${nonce} ${record}\n`).join('');
}

export async function startMachineDouble(): Promise<MachineDouble> {
  const pair = ed25519Pair();
  const bootId = randomUUID();
  const clients = new Set<{ end(): void }>();
  let answered = 0;
  const server = new ssh2.Server({ hostKeys: [pair.privateKey] }, (client) => {
    clients.add(client);
    client.on('error', () => undefined);
    client.on('close', () => clients.delete(client));
    client.on('authentication', (context) => context.accept());
    client.on('ready', () => {
      client.on('session', (accept) => {
        accept().on('exec', (acceptExec, _reject, info) => {
          const channel = acceptExec();
          channel.resume();
          answered++;
          channel.end(answerTo(scriptIn(info.command), bootId));
          channel.exit(0);
          channel.close();
        });
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: pair.publicKey.split(' ').slice(0, 2).join(' '),
    answered: () => answered,
    close: () => {
      for (const client of clients) client.end();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
