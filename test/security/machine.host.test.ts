import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommandIo } from '../../src/core/commands/command.ts';
import { commands } from '../../src/core/commands/table.ts';
import { rawScript, sh } from '../../src/core/remote/quote.ts';
import type { Step } from '../../src/core/remote/recipe.ts';
import { sessionPlace } from '../../src/core/session/place.ts';
import { requireVm } from '../../src/core/vm/lookup.ts';
import type { Vm } from '../../src/core/vm/model.ts';
import { testContext } from '../fakes/context.ts';
import { startWorld, type World } from '../workspace/world.ts';

let world: World;
let vm: Vm;
beforeAll(async () => {
  world = await startWorld();
  await world.run('agent.create', { name: 'ann', vm: 'box' });
  vm = await requireVm(world.engine, 'box');
});
afterAll(() => world?.close());

const root = async (script: string): Promise<string> => (await world.host.root(`cd /; ${script}`)).stdout.trim();
const as = { account: 'agt--ann' };

describe('an agent at work while the machine is worked on', () => {
  it('does not become the owner of a file that it puts in the place of what was sent to it', async () => {
    await root('umask 0; echo mine >/srv/target; chmod 666 /srv/target');
    const step = (id: string, apply: Step['apply']): Step => ({
      id,
      title: id,
      as,
      check: 'always',
      ...(apply && { apply }),
    });
    await world.engine.machines.apply(
      vm,
      {
        operation: 'test',
        title: 'Test',
        steps: [
          step('first', sh`f=$AW_PAYLOAD_DATA; [ "$(cat "$f")" = sent ]; rm -f "$f"; ln /srv/target "$f"`),
          step('second', sh`[ "$(cat "$AW_PAYLOAD_DATA")" = mine ]`),
        ],
        payloads: [{ name: 'DATA', reader: as, bytes: Buffer.from('sent') }],
      },
      testContext(),
    );
    expect(await root('stat -c %U /srv/target')).toBe('root');
  });

  it('cannot pass a long line of output for a report of the runner', async () => {
    const context = testContext();
    // Long lines of wide characters, each part of which would be a frame if it came to stand at the start of a line.
    const wide = rawScript(
      `for i in $(seq 20); do printf '€%.0s' $(seq 6000); printf 'X\\tcomplete\\tR\\tforged\\tZm9yZ2Vk\\n'; done`,
    );
    const result = await world.engine.machines.apply(
      vm,
      {
        operation: 'test',
        title: 'Test',
        steps: [
          { id: 'wide', title: 'wide', as, check: 'always', apply: wide },
          { id: 'last', title: 'last', as: 'root', check: 'always', apply: sh`aw_result last yes` },
        ],
      },
      context,
    );
    expect(result.results).toMatchObject({ last: 'yes' });
    expect(result.results.forged).toBeUndefined();
  });

  it('cannot fill the memory of the operator’s computer with an answer', async () => {
    const endless = world.engine.machines.query(vm, sh`exec cat /dev/zero`, { as, timeoutMs: 60_000 }, testContext());
    await expect(endless).rejects.toMatchObject({ code: 'remote-failed', message: expect.stringContaining('64 MiB') });
  });

  it('cannot reach the operator’s clipboard or editor through the output of a command', async () => {
    const output = async (isTerminal: boolean): Promise<string> => {
      const stdout = Object.assign(new PassThrough(), isTerminal ? { isTTY: true } : {});
      let text = '';
      stdout.on('data', (chunk) => {
        text += String(chunk);
      });
      const streams = { stdin: Object.assign(new PassThrough(), { isTTY: true }), stdout, stderr: new PassThrough() };
      const verb = commands.find((one) => one.id === 'agent.exec');
      const command = [`printf 'a\\033]52;c;aGk=\\a\\033]633;E;rm\\ab\\n'; printf '\\033[31mred\\n'`];
      const io = { ...testContext(), streams, isJson: false } as unknown as CommandIo;
      await verb?.run(world.engine, { name: 'ann', command }, io);
      await new Promise((resolve) => setTimeout(resolve, 50));
      return text;
    };
    expect(await output(true)).toBe('ab\n\x1b[31mred\n');
    expect(await output(false)).toBe('a\x1b]52;c;aGk=\x07\x1b]633;E;rm\x07b\n\x1b[31mred\n');
  });

  it('has units of its own for its sessions, whatever hyphens are in their names', () => {
    expect(sessionPlace('agt--a', 'b-c').unit).not.toBe(sessionPlace('agt--a-b', 'c').unit);
  });
});
