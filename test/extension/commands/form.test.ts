import { describe, expect, it } from 'vitest';
import type { Command, ValueSource } from '../../../src/core/commands/command.ts';
import { commands as table } from '../../../src/core/commands/table.ts';
import type { Candidate } from '../../../src/core/completion/model.ts';
import { type FormAnswer, fillIn } from '../../../src/extension/commands/form.ts';
import type { Page } from '../../../src/extension/commands/pages.ts';
import type { Values } from '../../../src/extension/parts.ts';

const verb = (id: string): Command => {
  const found = table.find((command) => command.id === id);
  if (found === undefined) throw new Error(id);
  return found;
};

type World = Partial<Record<ValueSource['kind'], string[]>>;

const world: World = {
  vm: ['dev', 'lab'],
  workspace: ['site', 'shop'],
  agent: ['ada'],
  session: ['build', 'fix'],
  vmTemplate: ['default'],
  agentTemplate: ['default', 'claude'],
  workspaceTemplate: ['default'],
  sessionTemplate: ['default', 'claude'],
  platform: ['qemu', 'ssh'],
};

/** Answers in order, by the key that is asked for; what is shown is kept. */
function formOf(
  id: string,
  given: Values,
  answers: (FormAnswer | 'run' | 'plan' | 'back' | 'cancel')[],
  things: World = world,
  made?: string,
) {
  const pages: Page[] = [];
  const places: string[] = [];
  const plans: Values[] = [];
  const makes: string[] = [];
  const queue = [...answers];
  const next = <T>(what: string): T => {
    const answer = queue.shift();
    if (answer === undefined) throw new Error(`Unexpected page: ${what}`);
    return answer as T;
  };
  const result = fillIn(verb(id), given, true, {
    ui: {
      ask: async (page, { step, steps }) => {
        pages.push(page);
        places.push(`${step}/${steps}`);
        return next(page.key);
      },
      review: async (_values, { step, steps }) => {
        places.push(`${step}/${steps}`);
        return next('review');
      },
    },
    valuesOf: async (source): Promise<Candidate[]> =>
      source.kind === 'choices'
        ? source.values.map((value) => ({ value, help: '' }))
        : (things[source.kind] ?? []).map((value) => ({ value, help: '' })),
    make: async (kind) => {
      makes.push(kind);
      return made;
    },
    showPlan: async (values) => void plans.push(values),
  });
  return { result, pages, places, plans, makes, left: queue };
}

const value = (text: string | string[]): FormAnswer => ({ type: 'value', value: text });
const skip: FormAnswer = { type: 'skip' };

describe('a form', () => {
  it('asks for nothing when everything is given', async () => {
    const { result, pages } = formOf('session.stop', { name: 'build' }, []);
    expect(await result).toEqual({ name: 'build' });
    expect(pages).toEqual([]);
  });

  it('asks for what a verb is about, although a flag could choose it too', async () => {
    const { result, pages } = formOf('session.stop', {}, [value('fix')]);
    expect(await result).toEqual({ name: 'fix' });
    expect(pages[0]).toMatchObject({ type: 'choose', key: 'name', canSkip: false });
    const all = formOf('session.stop', { all: true }, []);
    expect(await all.result).toEqual({ all: true });
  });

  it('goes through the pages of a create and ends with a last look', async () => {
    const { result, pages, places } = formOf('workspace.create', {}, [
      value('web'),
      value('lab'),
      value('https://example.org/web.git'),
      'run',
    ]);
    expect(await result).toEqual({ name: 'web', vm: 'lab', repo: 'https://example.org/web.git' });
    // The only template there is needs no page.
    expect(pages.map(({ key }) => key)).toEqual(['name', 'vm', 'repo']);
    expect(places).toEqual(['1/4', '2/4', '3/4', '4/4']);
  });

  it('suggests a name, refuses what cannot be one while it is typed, and warns of one that is there', async () => {
    const { result, pages } = formOf('workspace.create', { vm: 'dev' }, [value('web'), skip, 'run']);
    await result;
    const [page] = pages;
    if (page?.type !== 'type') throw new Error('no page to type on');
    expect(page.initial).toMatch(/^ws-[0-9a-f]{4}$/);
    expect(page.check('')).toMatchObject({ isFatal: true });
    expect(page.check('No Name')).toMatchObject({ isFatal: true, text: expect.stringContaining('lower-case') });
    expect(page.check('site')).toEqual({ isFatal: false, text: "'site' is there already." });
    expect(page.check('web')).toBeUndefined();
  });

  it('goes back to the page before, with its answer open again', async () => {
    const { result, pages } = formOf('agent.create', {}, [
      value('eve'),
      { type: 'back' },
      value('bob'),
      value('dev'),
      value('claude'),
      'back',
      skip,
      'run',
    ]);
    expect(await result).toEqual({ name: 'bob', vm: 'dev' });
    expect(pages.map(({ key }) => key)).toEqual(['name', 'vm', 'name', 'vm', 'template', 'template']);
  });

  it('goes on with a thing that is not finished without asking what it was made of', async () => {
    const { result, pages, plans } = formOf('vm.create', { name: 'dev' }, ['plan', 'run']);
    expect(await result).toEqual({ name: 'dev' });
    expect(pages).toEqual([]);
    expect(plans).toEqual([{ name: 'dev' }]);
  });

  it('shows the plan and asks again', async () => {
    const { result, plans } = formOf('vm.reinit', { name: 'dev' }, ['plan', 'run']);
    expect(await result).toEqual({ name: 'dev' });
    expect(plans).toEqual([{ name: 'dev' }]);
  });

  it('runs nothing once it is given up, on any page', async () => {
    expect(await formOf('vm.reinit', { name: 'dev' }, ['cancel']).result).toBeUndefined();
    expect(await formOf('vm.start', {}, [{ type: 'cancel' }]).result).toBeUndefined();
  });

  it('makes a place on the way, and asks again when that was given up', async () => {
    const make: FormAnswer = { type: 'make', kind: 'workspace' };
    const { result, pages, makes } = formOf('session.create', {}, [value('fix'), make, skip, 'run'], world, 'web');
    expect(await result).toEqual({ name: 'fix', workspace: 'web' });
    expect(pages[1]).toMatchObject({ key: 'workspace', canMake: 'workspace' });
    expect(makes).toEqual(['workspace']);
    const given = formOf('session.create', {}, [value('fix'), make, { type: 'cancel' }], world, undefined);
    expect(await given.result).toBeUndefined();
    expect(given.pages.map(({ key }) => key)).toEqual(['name', 'workspace', 'workspace']);
  });

  it('offers to make one where a verb finds nothing to work on', async () => {
    const { result, pages } = formOf('vm.start', {}, [{ type: 'make', kind: 'vm' }], {}, 'dev');
    expect(await result).toEqual({ name: 'dev' });
    expect(pages[0]).toMatchObject({ candidates: [], canMake: 'vm' });
  });

  it('takes several where a verb takes several', async () => {
    const grant = formOf('agent.workspace-grants.grant', { name: 'ada' }, [value(['site', 'shop']), 'run']);
    expect(await grant.result).toEqual({ name: 'ada', workspaces: ['site', 'shop'] });
    const ports = formOf('vm.port-forward', { name: 'dev' }, [value('8080, 9090:90')]);
    expect(await ports.result).toEqual({ name: 'dev', ports: ['8080', '9090:90'] });
    const exec = formOf('vm.exec', { name: 'dev' }, [value("git log | grep 'a b'")]);
    expect(await exec.result).toEqual({ name: 'dev', command: ["git log | grep 'a b'"] });
  });

  it('asks for one way where there are two', async () => {
    const base = { name: '2026-01-01-x' };
    const folder = formOf('salvage.restore', base, [skip, value('~/out'), 'run']);
    expect(await folder.result).toEqual({ ...base, to: '~/out' });
    expect(folder.pages.map(({ canSkip }) => canSkip)).toEqual([true, false]);
    const workspace = formOf('salvage.restore', { ...base, workspace: 'site' }, ['run']);
    expect(await workspace.result).toEqual({ ...base, workspace: 'site' });
  });
});
