import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { TestClient } from './client.ts';

const home = mkdtempSync(join(tmpdir(), 'agentworks-code-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const folder = join(home, '.cache', 'agentworks', 'code');
const kept = (): string[] => {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
};
const stamps = (): Record<string, string> =>
  Object.fromEntries(
    kept().map((path) => [path, `${statSync(path).ino} ${(statSync(path).mode & 0o777).toString(8)}`]),
  );
const biggest = (): string => kept().sort((a, b) => statSync(b).size - statSync(a).size)[0] ?? '';

/** A server that stays until what is asked holds, or for six seconds. */
async function stay(isOver: () => boolean = () => false): Promise<void> {
  const server = await TestClient.start({ home });
  for (let i = 0; i < (isOver() ? 0 : 60) && !isOver(); i++) await new Promise((resolve) => setTimeout(resolve, 100));
  await server.stop();
  expect(server.stderr).toBe('');
}

it('keeps what was compiled of the server for its next start, for this user alone, and takes it only when it is safe', async () => {
  await stay(() => kept().length > 3 && kept().every((path) => !path.endsWith(`.${process.pid}`)));
  const first = stamps();
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(Object.values(first).every((stamp) => stamp.endsWith(' 600'))).toBe(true);
  expect(statSync(biggest()).size).toBeGreaterThan(100_000);

  // What is there is taken, and not written again.
  await stay();
  expect(stamps()).toMatchObject(first);

  // Others could have written this one, this one is no code, and this one nobody has used for long.
  const [open = ''] = kept().filter((path) => path !== biggest());
  chmodSync(open, 0o620);
  const spoilt = biggest();
  writeFileSync(spoilt, 'no code');
  const old = join(folder, '1-of-an-earlier-version');
  writeFileSync(old, '');
  utimesSync(old, 1, 1);
  await stay(
    () => stamps()[open] !== undefined && !stamps()[open]?.endsWith(' 620') && statSync(spoilt).size > 100_000,
  );
  expect(stamps()[open]).toMatch(/ 600$/);
  expect(statSync(spoilt).size).toBeGreaterThan(100_000);
  expect(kept()).not.toContain(old);
}, 60_000);
