import type { Command } from '../command.ts';

const kinds = ['vm', 'agent', 'workspace', 'session'] as const;

export const templateList: Command = {
  id: 'template.list',
  summary: 'List templates',
  params: [
    {
      type: 'text',
      position: 'argument',
      name: 'kind',
      help: 'Only templates of this kind',
      source: { kind: 'choices', values: kinds },
    },
  ],
  needs: ['config'],
  effect: 'read',
  async run(engine, params) {
    const { keyPath } = await import('../../config/problems.ts');
    const config = await engine.config.load();
    const shown = kinds.filter((kind) => params.kind === undefined || kind === params.kind);
    const templates = await Promise.all(
      shown.flatMap((kind) => {
        const names = config.templateNames[kind];
        const all = names.includes('default') ? names : ['default', ...names];
        return all.map(async (name) => {
          const values = await engine.config.explain(kind, name);
          const inherits = (values.inherits?.value ?? []) as string[];
          const errors = config.problems.filter(
            (problem) => problem.severity === 'error' && problem.part === keyPath([`${kind}_templates`, name]),
          ).length;
          return { kind, name, inherits, isBuiltIn: !names.includes(name), errors };
        });
      }),
    );
    return {
      type: 'table',
      columns: [
        { key: 'kind', title: 'KIND' },
        { key: 'name', title: 'NAME' },
        { key: 'inherits', title: 'INHERITS' },
        { key: 'note', title: 'NOTE' },
      ],
      rows: templates.map((template) => ({
        kind: template.kind,
        name: template.name,
        inherits: template.inherits.join(', '),
        note:
          template.errors > 0
            ? { text: 'has errors', tone: 'bad' }
            : template.isBuiltIn
              ? { text: 'built-in', tone: 'muted' }
              : '',
      })),
      empty: 'There are no templates.',
      data: templates,
    };
  },
};
