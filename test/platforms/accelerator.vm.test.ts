import { beforeAll, expect, test } from 'vitest';
import { buildImage } from '../../src/core/images/build.ts';
import type { BootImage } from '../../src/core/images/model.ts';
import { canBoot, chooseAccelerator } from '../../src/core/platforms/qemu/accelerator.ts';
import { requireQemu } from '../../src/core/platforms/qemu/run.ts';
import { targetOf } from '../../src/core/platforms/qemu/target.ts';
import { testContext } from '../fakes/context.ts';
import { testHome } from '../vm-harness/home.ts';

let image: BootImage;
const withHome = async <T>(action: (home: Awaited<ReturnType<typeof testHome>>) => Promise<T>): Promise<T> => {
  const home = await testHome();
  try {
    return await action(home);
  } finally {
    await home.dispose();
  }
};
beforeAll(async () => {
  image = await withHome(async ({ engine }) => buildImage(engine, testContext()));
});

test.each(['kernel', 'disk'] as const)(
  'the probe for an image that boots by %s sees a processor that works',
  async (kind) => {
    await withHome(async ({ engine }) => {
      const target = targetOf(engine.process);
      const binary = await requireQemu(engine.process, undefined, target.binary);
      const boot = kind === 'disk' ? ({ kind } as const) : image.boot;
      const request = { binary, target, accelerator: 'tcg', boot } as const;
      expect(await canBoot(engine, request, 60_000)).toBe(true);
      // A processor that gets nowhere in time does not count as one that works.
      expect(await canBoot(engine, request, 1)).toBe(false);
    });
  },
);

test('an accelerator that does not exist here is replaced by emulation with a warning, or refused when named', async () => {
  await withHome(async ({ engine, directory }) => {
    const target = targetOf(engine.process);
    const binary = await requireQemu(engine.process, undefined, target.binary);
    const parts = {
      process: { ...engine.process, platform: 'darwin' as const },
      files: engine.files,
      paths: { cache: directory },
    };
    const context = testContext();
    expect(await chooseAccelerator(parts, { binary, target, wanted: 'auto', boot: image.boot }, context)).toBe('tcg');
    expect(context.warnings()).toEqual([expect.stringContaining('emulated in software')]);
    const named = { binary, target, wanted: 'hvf', boot: image.boot } as const;
    await expect(chooseAccelerator(parts, named, context)).rejects.toMatchObject({ code: 'platform' });
  });
});
