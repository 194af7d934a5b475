import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/core/engine.ts';
import { isAppError } from '../../src/core/errors.ts';
import { sh } from '../../src/core/remote/quote.ts';
import type { Recipe } from '../../src/core/remote/recipe.ts';
import { findVm } from '../../src/core/vm/rows.ts';
import { testContext } from '../fakes/context.ts';
import { hostEngine } from '../hosts/engine.ts';
import { startHost, type TestHost } from '../hosts/host.ts';
import { startProxy, type TestProxy } from '../hosts/proxy.ts';
import { soak } from '../soak.ts';

/** A recipe whose steps must not be run twice, large enough to be sent in several parts. */
const counting = (round: string): Recipe => ({
  operation: 'test',
  title: 'Count',
  steps: ['one', 'two'].map((id) => ({
    id,
    title: id,
    as: 'root',
    check: 'always',
    apply: sh`: ${'x'.repeat(20_000)}
seq 500; echo ${id} >>/root/${round}; sleep 0.1`,
  })),
});

describe.each(['ssh2', 'openssh'])('a recipe over %s whose server closes in the middle of a frame', (transport) => {
  let host: TestHost;
  let proxy: TestProxy;
  let engine: Engine;

  beforeAll(async () => {
    host = await startHost({ name: 'cut' });
    proxy = await startProxy({ target: { host: host.address, port: host.port } });
    engine = await hostEngine(host, {
      address: { host: proxy.host, port: proxy.port },
      config: `ssh_transport = "${transport}"`,
    });
  });
  afterAll(async () => {
    await engine?.close();
    await proxy?.close();
    await host?.dispose();
  });

  const vmOf = async () => {
    const vm = await engine.database.read((reader) => findVm(reader, 'box'));
    if (vm === undefined) throw new Error('no VM');
    return vm;
  };
  const ranIn = async (round: string): Promise<string> =>
    (await host.root(`cat /root/${round} 2>/dev/null || true`)).stdout;

  /** One connection is cut there; those after it are not. */
  async function applyWithCut(round: string, cut: Parameters<TestProxy['set']>[0]): Promise<'complete' | 'refused'> {
    const vm = await vmOf();
    await engine.machines.drop(vm);
    const before = proxy.cuts;
    proxy.set(cut);
    let isOver = false;
    const applying = engine.machines
      .apply(vm, counting(round), testContext())
      .then(
        () => 'complete' as const,
        (error: unknown) => {
          expect(isAppError(error) && error.code).toMatch(/^(unreachable|connection-lost)$/);
          return 'refused' as const;
        },
      )
      .finally(() => {
        isOver = true;
      });
    while (proxy.cuts === before && !isOver) await new Promise((resolve) => setTimeout(resolve, 2));
    proxy.set({ cutAfterBytes: Number.POSITIVE_INFINITY, cutAfterSentBytes: Number.POSITIVE_INFINITY });
    return applying;
  }

  it.each([
    ['answers', 'cutAfterBytes', 14_000],
    ['sends', 'cutAfterSentBytes', 60_000],
  ] as const)(
    'goes on or says that nothing was begun, and never runs twice: cut in what it %s',
    async (name, key, last) => {
      const count = soak(6, 150);
      const outcomes = new Set<string>();
      for (let i = 0; i < count; i++) {
        const round = `${name}-${i}`;
        const position = 1 + Math.floor(((i + Math.random()) * last) / count);
        const outcome = await applyWithCut(round, { [key]: position });
        outcomes.add(outcome);
        if (outcome === 'complete') expect(await ranIn(round), `cut after ${position}`).toBe('one\ntwo\n');
        else {
          // It was cut before anything was sent; the same command again does it once.
          expect(await ranIn(round), `cut after ${position}`).toBe('');
          await engine.machines.apply(await vmOf(), counting(round), testContext());
          expect(await ranIn(round), `after the cut at ${position}`).toBe('one\ntwo\n');
        }
      }
      expect(outcomes).toContain('complete');
    },
    soak(120_000, 1_800_000),
  );
});
