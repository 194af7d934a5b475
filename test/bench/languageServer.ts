import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { configJsonSchema } from '../../src/core/config/jsonSchema.ts';
import { TestClient } from '../server/client.ts';
import { heading, interleaved, line, median, megabytes, p99 } from './measure.ts';
import { installPeers, ours, Session, tombi, yaml } from './peers.ts';

/** Of fewer, the worst one would be what 99 of 100 are below. */
const edits = 200;
const growthEdits = Number(process.env.BENCH_EDITS ?? 10_000);
/** Somebody who types; also what every server's own delay needs to be over. */
const pauseMs = 250;
/** See src/programs/languageServer.ts. */
const keepsCodeAfterMs = 4000;

type Name = 'ours' | 'tombi' | 'yaml';
type Sessions = Partial<Record<Name, Session>>;

/** Our server beside tombi and yaml-language-server: the same content, an equal schema, the same edits, in turn. */
export async function benchLanguageServer(cli: string, directory: string): Promise<void> {
  const isLinux = process.platform === 'linux' && process.arch === 'x64';
  const modules = isLinux ? installPeers(join(process.cwd(), 'node_modules', '.cache', 'bench-peers')) : undefined;
  if (modules === undefined) {
    console.log('SKIPPED: the language servers to compare with are not to be had here (npm, Linux on x64).');
    return;
  }
  const folder = join(directory, 'language');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'schema.json'), JSON.stringify(configJsonSchema()));
  const peers = { ours: ours(cli), tombi: tombi(modules), yaml: yaml(modules) };
  const load = loadavg().map((each) => each.toFixed(1));

  heading(`Language server, 3,000 lines, all rules on (load of the machine before: ${load.join(' ')})`);
  const start = (name: Name, lines: number) => Session.start(peers[name], lines, folder);
  const timeOf = (name: Name) => async (): Promise<number> => {
    const { session, ms } = await start(name, 3000);
    await session.stop();
    return ms;
  };
  const empty = await emptyServer(folder);
  const first = await interleaved(5, { empty, ours: timeOf('ours') });
  console.log(
    `  the first start of a version: ${Math.round(first.ours)} ms, ${(first.ours / first.empty).toFixed(2)}× an empty server`,
  );
  // It keeps what was compiled for all later ones.
  const stays = await start('ours', 3000);
  await sleep(keepsCodeAfterMs + 2000);
  await stays.session.stop();
  const starts = await interleaved(9, { empty, ours: timeOf('ours'), yaml: timeOf('yaml'), tombi: timeOf('tombi') });
  line('start to diagnostics / empty server', starts.ours, starts.empty, { atMost: 2 });
  line('start to diagnostics / yaml-ls', starts.ours, starts.yaml, { atMost: 0.3 });

  const sessions: Record<Name, Session> = {
    ours: (await start('ours', 3000)).session,
    tombi: (await start('tombi', 3000)).session,
    yaml: (await start('yaml', 3000)).session,
  };
  const typed = await inTurn(sessions, edits, (session) => session.toggle());
  line('key to diagnostics, median / tombi', median(typed.ours), median(typed.tombi), { atMost: 0.5 });
  line('key to diagnostics, median / yaml-ls', median(typed.ours), median(typed.yaml), { atMost: 0.15 });
  line('key to diagnostics, p99 / tombi', p99(typed.ours), p99(typed.tombi), { atMost: 1 });
  const offered = await inTurn(sessions, edits, (session) => session.complete());
  line('completion after a key, p99 / tombi', p99(offered.ours), p99(offered.tombi), { atMost: 1 });
  line('completion after a key, p99 / yaml-ls', p99(offered.ours), p99(offered.yaml), { atMost: 0.2 });
  line('memory / yaml-ls', sessions.ours.residentMb(), sessions.yaml.residentMb(), { atMost: 0.9 }, megabytes);
  await sessions.tombi.stop();
  await sessions.yaml.stop();

  const looked = Math.min(500, growthEdits);
  await memoryDuring(sessions.ours, 2 * looked);
  const before = await memoryDuring(sessions.ours, looked);
  await memoryDuring(sessions.ours, growthEdits - looked);
  const after = await memoryDuring(sessions.ours, looked);
  line(`memory after ${growthEdits} edits / before`, after, before, { atMost: 1.05 }, megabytes);
  await sessions.ours.stop();

  heading('Language server, 30,000 lines');
  const long = { ours: (await start('ours', 30_000)).session, tombi: (await start('tombi', 30_000)).session };
  const late = await inTurn(long, 15, (session) => session.toggle());
  line('key to diagnostics, median / tombi', median(late.ours), median(late.tombi), { atMost: 0.3 });
  await long.ours.stop();
  await long.tombi.stop();
}

/**
 * Memory while edits go on. One look may fall before or after a collection of V8, which is a fifth of the memory; the middle of
 * many looks does not.
 */
async function memoryDuring(session: Session, count: number): Promise<number> {
  const looks: number[] = [];
  for (let edit = 0; edit < count; edit++) {
    await session.editAndAsk();
    if (edit % 10 === 0) looks.push(session.residentMb());
  }
  return median(looks);
}

/** A B C, A B C …; the first three rounds warm up and are not counted. */
async function inTurn<S extends Sessions>(
  sessions: S,
  count: number,
  measure: (session: Session) => Promise<number>,
): Promise<Record<keyof S, number[]>> {
  const times = Object.fromEntries(Object.keys(sessions).map((name) => [name, [] as number[]]));
  for (let round = -3; round < count; round++) {
    for (const [name, session] of Object.entries(sessions)) {
      const ms = await measure(session);
      if (round >= 0) times[name]?.push(ms);
      await sleep(pauseMs);
    }
  }
  return times as Record<keyof S, number[]>;
}

/** What Node and the protocol's library cost before a server does anything: its answer to `initialize`. */
async function emptyServer(folder: string): Promise<() => Promise<number>> {
  const outfile = join(folder, 'empty.cjs');
  await build({
    entryPoints: [join(process.cwd(), 'test', 'bench', 'emptyServer.ts')],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'error',
  });
  return async () => {
    const began = performance.now();
    const client = await TestClient.start({ home: folder, command: [process.execPath, outfile, '--stdio'] });
    const ms = performance.now() - began;
    await client.stop();
    return ms;
  };
}
