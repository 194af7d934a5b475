import { describe, expect, it } from 'vitest';
import type { Command } from '../../src/core/commands/command.ts';
import { commands as table } from '../../src/core/commands/table.ts';
import { commands as ids, schemes, settings, verbCommand, views } from '../../src/extension/ids.ts';
import { manifest } from '../../src/extension/manifest.ts';
import { filesIn, read } from './sources.ts';

interface Contributed {
  commands: { command: string; title: string; category?: string }[];
  menus: Record<string, { command?: string; when?: string; group?: string }[]>;
  views: Record<string, { id: string }[]>;
  configuration: { properties: Record<string, { type?: string; scope?: string }> };
}

const packageJson = JSON.parse(read('package.json')) as { contributes: Contributed; activationEvents: string[] };
const texts = JSON.parse(read('package.nls.json')) as Record<string, string>;
const { contributes } = packageJson;
const contributed = contributes.commands.map(({ command }) => command);
const textOf = (key: string): string => texts[key.replace(/^%|%$/g, '')] ?? key;

describe('package.json', () => {
  it('says what the code says: npm run manifest', () => {
    expect({ contributes: packageJson.contributes, texts }).toEqual(manifest());
  });

  it('has every verb of the table and every other command once', () => {
    const wanted = [...table.map(({ id }) => verbCommand(id)), ...Object.values(ids)];
    expect([...contributed].sort()).toEqual([...wanted].sort());
  });

  it('has every view and every setting of the code', () => {
    const declared = Object.values(contributes.views).flatMap((list) => list.map(({ id }) => id));
    expect(Object.values(views).filter((id) => !declared.includes(id))).toEqual([]);
    expect(Object.keys(contributes.configuration.properties).sort()).toEqual(Object.values(settings).sort());
  });

  it('is activated by a link and by a document of ours, which VS Code does not find out from the rest', () => {
    const documents = Object.values(schemes).map((scheme) => `onFileSystem:${scheme}`);
    expect([...packageJson.activationEvents].sort()).toEqual(['onStartupFinished', 'onUri', ...documents].sort());
  });

  it('lets no folder that is opened say which programs and files are used', () => {
    for (const [name, { type, scope }] of Object.entries(contributes.configuration.properties))
      if (type !== 'boolean' && type !== 'number') expect(scope, name).toBe('application');
  });

  it('offers in menus only what there is', () => {
    const used = Object.values(contributes.menus).flatMap((items) => items.flatMap(({ command }) => command ?? []));
    expect(used.filter((command) => !contributed.includes(command))).toEqual([]);
  });

  it('has a title in sentence case for every command', () => {
    for (const { command, title, category } of contributes.commands) {
      expect(textOf(title), command).toMatch(/^[A-Z][^.]*(\.code-workspace)?[^.]*$/);
      expect(textOf(category ?? ''), command).toBe('Agentworks');
    }
  });

  it('has a text for every key, and no text without one', () => {
    const keys = [...JSON.stringify(contributes).matchAll(/"%([^"%]+)%"/g)].map(([, key]) => key);
    expect(keys.filter((key) => key !== undefined && texts[key] === undefined)).toEqual([]);
    expect(Object.keys(texts).filter((key) => !keys.includes(key))).toEqual([]);
  });
});

describe('a verb that is declared later', () => {
  const unheard: Command = {
    id: 'vm.paint',
    summary: 'Paint a VM',
    params: [
      { type: 'text', position: 'argument', name: 'name', help: 'VM', isRequired: true, source: { kind: 'vm' } },
    ],
    needs: ['state'],
    effect: 'write',
    run: async () => ({ type: 'nothing' }),
  };
  const after = manifest([...table, unheard]);
  const { commands, menus } = after.contributes as unknown as Contributed;

  it('is in the palette with a title, and in the menu of what it is about', () => {
    const found = commands.find(({ command }) => command === 'agentworks.vm.paint');
    expect(after.texts[(found?.title ?? '').replaceAll('%', '')]).toBe('Paint VM');
    const items = (menus['view/item/context'] ?? []).filter(({ command }) => command === 'agentworks.vm.paint');
    expect(items).toEqual([
      {
        command: 'agentworks.vm.paint',
        when: 'view == agentworks.vms && viewItem =~ /\\bagentworks\\.vm\\b/',
        group: '3_change',
      },
    ]);
  });
});

describe('texts for translation', () => {
  it('are written where they are used, in one piece', () => {
    const found = filesIn('src/extension', '.ts').flatMap((path) =>
      [...read(path).matchAll(/\bl10n\.t\((?!\s*(?:'[^'\n]*'|"[^"\n]*"))[^\n]*/g)].map(([text]) => `${path}: ${text}`),
    );
    expect(found).toEqual([]);
  });
});

describe('ids', () => {
  it('are written in one file', () => {
    const found = filesIn('src/extension', '.ts')
      .filter((path) => path !== 'src/extension/ids.ts')
      .filter((path) => /['"`]agentworks\.(?!cjs)[a-z]\w*['"`]/i.test(read(path)));
    expect(found).toEqual([]);
  });
});
