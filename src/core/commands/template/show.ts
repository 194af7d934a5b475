import type { Command } from '../command.ts';

const kinds = ['vm', 'agent', 'workspace', 'session'] as const;

export const templateShow: Command = {
  id: 'template.show',
  summary: 'Show a template with everything it inherits and where each value comes from',
  params: [
    {
      type: 'text',
      position: 'argument',
      name: 'kind',
      help: 'Kind of template',
      isRequired: true,
      source: { kind: 'choices', values: kinds },
    },
    { type: 'text', position: 'argument', name: 'name', help: 'Name of the template', defaultText: 'default' },
  ],
  examples: ['agentworks template show vm', 'agentworks template show agent reviewer'],
  needs: ['config'],
  effect: 'read',
  async run(engine, params) {
    const [{ AppError }, { originText, valueCell, valuesAsData }, { keyPath }] = await Promise.all([
      import('../../errors.ts'),
      import('../../config/problemText.ts'),
      import('../../config/problems.ts'),
    ]);
    const kind = kinds.find((known) => known === params.kind);
    if (kind === undefined)
      throw new AppError('usage', `'${params.kind}' is not a kind of template.`, { hint: `Use ${kinds.join(', ')}.` });
    const name = typeof params.name === 'string' ? params.name : 'default';
    const values = await engine.config.explain(kind, name);
    const { problems } = await engine.config.check();
    const own = problems.filter(
      (problem) => problem.part === keyPath([`${kind}_templates`, name]) && problem.severity !== 'info',
    );
    return {
      type: 'record',
      title: `${kind} template ${name}`,
      sections: [
        {
          title: '',
          columns: [
            { key: 'key', title: 'KEY' },
            { key: 'value', title: 'VALUE' },
            { key: 'origin', title: 'FROM' },
          ],
          rows: Object.entries(values).flatMap(([key, { value, origin, items }]) => {
            const isMixed = new Set(items?.map((item) => originText(item.origin))).size > 1;
            const first = { key, value: valueCell(value), origin: isMixed ? '' : originText(origin) };
            if (!isMixed || items === undefined) return [first];
            return [
              first,
              ...items.map((item) => ({ key: '', value: `  ${item.name}`, origin: originText(item.origin) })),
            ];
          }),
        },
        ...(own.length === 0
          ? []
          : [
              {
                title: 'Problems',
                lines: own.map((problem) => ({
                  text: `line ${problem.start.line}: ${problem.message}`,
                  tone: problem.severity === 'error' ? ('bad' as const) : ('warning' as const),
                })),
              },
            ]),
      ],
      data: { kind, name, values: valuesAsData(values) },
    };
  },
};
