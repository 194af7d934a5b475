import type { Command } from '../command.ts';
import type { Section } from '../output.ts';

export const configShow: Command = {
  id: 'config.show',
  title: 'Show configuration in effect',
  summary: 'Show the values in effect and where each comes from',
  description: 'Templates are shown by `agentworks template show`.',
  params: [
    {
      type: 'text',
      position: 'argument',
      name: 'section',
      help: 'Only this section, for example `operator` or `admin.config`',
    },
  ],
  needs: ['config'],
  effect: 'read',
  async run(engine, params) {
    const [{ AppError }, { originText, valueCell, valuesAsData }] = await Promise.all([
      import('../../errors.ts'),
      import('../../config/problemText.ts'),
    ]);
    const all = await engine.config.explainSections();
    const config = await engine.config.load();
    const sections = all.filter(({ path }) => params.section === undefined || path === params.section);
    if (sections.length === 0) {
      throw new AppError('not-found', `There is no section '${params.section}' in effect.`, {
        hint: `Sections: ${all.map(({ path }) => path).join(', ')}.`,
      });
    }
    const tables: Section[] = sections.map(({ path, values }) => ({
      title: `[${path}]`,
      columns: [
        { key: 'key', title: 'KEY' },
        { key: 'value', title: 'VALUE' },
        { key: 'origin', title: 'FROM' },
      ],
      rows: Object.entries(values).map(([key, { value, origin }]) => ({
        key,
        value: valueCell(value),
        origin: originText(origin),
      })),
    }));
    const names = {
      ...config.templateNames,
      gitCredentials: [...config.gitCredentials.keys()],
    };
    if (params.section === undefined) {
      tables.push({
        title: 'Entries',
        fields: [
          ...(['vm', 'agent', 'workspace', 'session'] as const).map(
            (kind) => [`${kind} templates`, config.templateNames[kind].join(', ') || '(built-in default)'] as const,
          ),
          ['Git credentials', names.gitCredentials.join(', ') || '(none)'],
        ],
      });
    }
    return {
      type: 'record',
      title: config.path,
      sections: tables,
      data: {
        path: config.path,
        digest: config.digest,
        sections: Object.fromEntries(sections.map(({ path, values }) => [path, valuesAsData(values)])),
        ...(params.section === undefined ? { names } : {}),
      },
    };
  },
};
