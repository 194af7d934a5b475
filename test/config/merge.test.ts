import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { tomlValue } from '../../src/core/config/tomlText.ts';
import { operatorSection, problemsOf, storeOf } from './load.ts';

interface Template {
  inherits: string[];
  cpus: number | undefined;
  memory: number | undefined;
  apt: string[] | undefined;
}

const names = ['t0', 't1', 't2', 't3', 't4', 't5'];
const packages = fc.constantFrom('jq', 'git', 'zsh', 'curl', 'vim');

/** Templates that inherit only from earlier ones, so that there is no cycle. */
const templatesArbitrary = fc.tuple(
  ...names.map((_, index) =>
    fc.record({
      inherits: fc
        .subarray(names.slice(0, index))
        .chain((parents) => fc.shuffledSubarray(parents, { minLength: parents.length })),
      cpus: fc.option(fc.integer({ min: 1, max: 64 }), { nil: undefined }),
      memory: fc.option(fc.integer({ min: 1, max: 64 }), { nil: undefined }),
      apt: fc.option(
        fc.array(
          fc.oneof(
            packages,
            packages.map((name) => `!${name}`),
          ),
          { maxLength: 4 },
        ),
        {
          nil: undefined,
        },
      ),
    }),
  ),
);

function fileOf(templates: readonly Template[], extra = ''): string {
  const sections = templates.map(({ inherits, cpus, memory, apt }, index) =>
    [
      `[vm_templates.${names[index]}]`,
      `inherits = ${tomlValue(inherits)}`,
      ...(cpus === undefined ? [] : [`cpus = ${cpus}`]),
      ...(memory === undefined ? [] : [`memory = ${memory}`]),
      ...(apt === undefined ? [] : [`apt = ${tomlValue(apt)}`]),
    ].join('\n'),
  );
  return `${operatorSection}\n${sections.join('\n\n')}\n${extra}`;
}

const resolved = async (text: string, name: string) => {
  const { name: _, ...template } = await storeOf(text).vmTemplate(name);
  return template;
};

describe('laws of inheritance', () => {
  test('a template that only inherits is its parent', async () => {
    await fc.assert(
      fc.asyncProperty(templatesArbitrary, fc.constantFrom(...names), async (templates, parent) => {
        const text = fileOf(templates, `[vm_templates.copy]\ninherits = ["${parent}"]\n`);
        expect(await resolved(text, 'copy')).toEqual(await resolved(text, parent));
      }),
      { numRuns: 60 },
    );
  });

  test('inheriting twice, directly or through a diamond, is inheriting once', async () => {
    await fc.assert(
      fc.asyncProperty(templatesArbitrary, fc.constantFrom(...names), async (templates, parent) => {
        const text = fileOf(
          templates,
          `[vm_templates.left]\ninherits = ["${parent}"]\n[vm_templates.right]\ninherits = ["${parent}"]\n` +
            `[vm_templates.twice]\ninherits = ["${parent}", "${parent}"]\n[vm_templates.diamond]\ninherits = ["left", "right", "${parent}"]\n`,
        );
        const once = await resolved(text, parent);
        expect(await resolved(text, 'twice')).toEqual(once);
        expect(await resolved(text, 'diamond')).toEqual(once);
      }),
      { numRuns: 60 },
    );
  });

  test('a parent that sets nothing changes nothing, wherever it stands', async () => {
    await fc.assert(
      fc.asyncProperty(templatesArbitrary, fc.constantFrom(...names), async (templates, parent) => {
        const text = fileOf(
          templates,
          `[vm_templates.empty]\n[vm_templates.a]\ninherits = ["${parent}", "empty"]\n[vm_templates.b]\ninherits = ["empty", "${parent}"]\n`,
        );
        const alone = await resolved(text, parent);
        expect(await resolved(text, 'a')).toEqual(alone);
        expect(await resolved(text, 'b')).toEqual(alone);
      }),
      { numRuns: 60 },
    );
  });

  test('what a child sets wins; what nobody sets is the default', async () => {
    await fc.assert(
      fc.asyncProperty(templatesArbitrary, async (templates) => {
        const text = fileOf(templates);
        for (const [index, own] of templates.entries()) {
          const result = await resolved(text, names[index] ?? '');
          if (own.cpus !== undefined) expect(result.cpus).toBe(own.cpus);
          else if (templates.every((template) => template.cpus === undefined)) expect(result.cpus).toBe(4);
          expect(result.disk).toBe(50);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('lists have no item twice, no mark, every own item, and inherited ones before own ones', async () => {
    await fc.assert(
      fc.asyncProperty(templatesArbitrary, async (templates) => {
        const text = fileOf(templates);
        for (const [index, own] of templates.entries()) {
          const result = (await resolved(text, names[index] ?? '')).apt;
          expect(new Set(result).size).toBe(result.length);
          expect(result.some((item) => item.startsWith('!'))).toBe(false);
          const mine = own.apt ?? [];
          for (const [at, item] of mine.entries()) {
            const isTakenOutLater = mine.slice(at + 1).includes(`!${item}`);
            if (!item.startsWith('!') && !isTakenOutLater) expect(result).toContain(item);
            if (item.startsWith('!') && !mine.slice(at + 1).includes(item.slice(1))) {
              expect(result).not.toContain(item.slice(1));
            }
          }
          if (own.inherits.length === 1 && !mine.some((item) => item.startsWith('!'))) {
            const parent = (await resolved(text, own.inherits[0] ?? '')).apt;
            expect(result.slice(0, parent.length)).toEqual(parent);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test('every value comes from a template that sets it, or is a default', async () => {
    await fc.assert(
      fc.asyncProperty(templatesArbitrary, async (templates) => {
        const text = fileOf(templates);
        const lines = text.split('\n');
        const store = storeOf(text);
        for (const name of names) {
          const { cpus, memory } = await store.explain('vm', name);
          for (const [key, effective] of Object.entries({ cpus, memory })) {
            if (effective?.origin.from === 'default' || effective === undefined) continue;
            expect(lines[effective.origin.line - 1]).toBe(`${key} = ${effective.value}`);
            if (effective.origin.from !== 'template') continue;
            const header = lines.slice(0, effective.origin.line).findLast((line) => line.startsWith('[')) ?? '';
            expect(header).toBe(`[vm_templates.${effective.origin.template}]`);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('merging', () => {
  const vm = (text: string, name: string) => resolved(`${operatorSection}\n${text}`, name);

  test('a second parent does not reset what the first one set', async () => {
    const text =
      '[vm_templates.a]\ncpus = 16\n[vm_templates.b]\nmemory = 64\n[vm_templates.c]\ninherits = ["a", "b"]\n';
    expect(await vm(text, 'c')).toMatchObject({ cpus: 16, memory: 64 });
  });

  test('a shared ancestor does not undo what one branch changed', async () => {
    const text =
      '[vm_templates.base]\ncpus = 2\n[vm_templates.a]\ninherits = ["base"]\ncpus = 16\n[vm_templates.b]\ninherits = ["base"]\n[vm_templates.c]\ninherits = ["a", "b"]\n';
    expect(await vm(text, 'c')).toMatchObject({ cpus: 16 });
  });

  test('!* drops everything that is inherited', async () => {
    const text =
      '[vm_templates.a]\napt = ["jq", "git"]\n[vm_templates.b]\ninherits = ["a"]\napt = ["!*", "zsh"]\n[vm_templates.c]\ninherits = ["b"]\napt = ["jq"]\n';
    expect(await vm(text, 'b')).toMatchObject({ apt: ['zsh'] });
    expect(await vm(text, 'c')).toMatchObject({ apt: ['zsh', 'jq'] });
  });

  test('extra nerf manifests add up, as absolute paths', async () => {
    const text =
      '[vm_templates.a]\nnerf_addl_manifests = ["~/one"]\n[vm_templates.b]\ninherits = ["a"]\nnerf_addl_manifests = ["/two", "!~/one", "~/three"]\n';
    expect(await vm(text, 'a')).toMatchObject({ nerfAddlManifests: ['/home/operator/one'] });
    expect(await vm(text, 'b')).toMatchObject({ nerfAddlManifests: ['/two', '/home/operator/three'] });
  });

  test('mise has one version per tool, the one of the child', async () => {
    const store = storeOf(
      `${operatorSection}[agent_templates.a]\nmise_packages = ["node@20", "jq@1.7", "npm:@scope/tool@1"]\n` +
        '[agent_templates.b]\ninherits = ["a"]\nmise_packages = ["jq@1.8", "!node", "npm:@scope/tool"]\n',
    );
    expect((await store.agentTemplate('b')).misePackages).toEqual(['jq@1.8', 'npm:@scope/tool']);
  });

  test('environments merge, and the child wins', async () => {
    const store = storeOf(
      `${operatorSection}[session_templates.a]\nenv = { A = "1", B = "1" }\n[session_templates.b]\ninherits = ["a"]\nenv = { B = "2", C = "3" }\n`,
    );
    expect((await store.sessionTemplate('b')).env).toEqual({ A: '1', B: '2', C: '3' });
    const { env } = await store.explain('session', 'b');
    expect(env?.items?.map(({ name, origin }) => [name, origin.from])).toEqual([
      ['A', 'template'],
      ['B', 'file'],
      ['C', 'file'],
    ]);
  });

  test("a child's command does not restart as the parent's", async () => {
    const store = storeOf(
      `${operatorSection}[session_templates.a]\ncommand = "old"\nrestart_command = "old --resume"\n` +
        '[session_templates.b]\ninherits = ["a"]\ncommand = "new"\n[session_templates.c]\ninherits = ["a"]\n',
    );
    expect(await store.sessionTemplate('b')).toMatchObject({ command: 'new', restartCommand: '' });
    expect(await store.sessionTemplate('c')).toMatchObject({ command: 'old', restartCommand: 'old --resume' });
  });

  test('workspace templates: repo is inherited, a grandchild keeps what the middle one set', async () => {
    const store = storeOf(
      `${operatorSection}[workspace_templates.a]\nrepo = "https://example.net/a.git"\n` +
        '[workspace_templates.b]\ninherits = ["a"]\ntmuxinator = false\n' +
        '[workspace_templates.c]\ninherits = ["b"]\nrepo = "https://example.net/c.git"\n',
    );
    expect(await store.workspaceTemplate('b')).toEqual({
      name: 'b',
      repo: 'https://example.net/a.git',
      tmuxinator: false,
    });
    expect(await store.workspaceTemplate('c')).toEqual({
      name: 'c',
      repo: 'https://example.net/c.git',
      tmuxinator: false,
    });
    expect(await store.workspaceTemplate(undefined)).toEqual({ name: 'default', repo: undefined, tmuxinator: true });
  });

  test('other templates do not inherit default unless they say so', async () => {
    const text = '[vm_templates.default]\ncpus = 2\n[vm_templates.a]\n[vm_templates.b]\ninherits = ["default"]\n';
    expect(await vm(text, 'a')).toMatchObject({ cpus: 4 });
    expect(await vm(text, 'b')).toMatchObject({ cpus: 2 });
    expect(await vm('[vm_templates.b]\ninherits = ["default"]\n', 'b')).toMatchObject({ cpus: 4 });
  });
});

test('a chain of ten thousand templates is refused, not a stack overflow', async () => {
  const links = Array.from(
    { length: 10_000 },
    (_, index) => `[vm_templates.t${index}]\ninherits = ["t${index + 1}"]\n`,
  );
  const problems = await problemsOf(`${links.join('')}[vm_templates.t10000]\ncpus = 2\n`);
  expect(problems.map(({ code }) => code)).toContain('inheritance-depth');
});
