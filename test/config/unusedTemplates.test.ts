import { expect, test } from 'vitest';
import { bindDocument } from '../../src/core/config/bind.ts';
import { unusedTemplates } from '../../src/core/config/check/unusedTemplates.ts';
import type { TemplateKind } from '../../src/core/config/model.ts';
import { parseDocument } from '../../src/core/config/toml/document.ts';

const text = `[vm_templates.default]
[vm_templates.base]
[vm_templates.used]
inherits = ["base"]
[vm_templates.idle]
inherits = ["used"]
[agent_templates.later]
`;

const unused = (...used: [TemplateKind, string][]): string[] => {
  const file = bindDocument('config.toml', parseDocument(text), { home: '/home/operator', cwd: '/project' });
  return unusedTemplates(
    file,
    used.map(([kind, template]) => ({ kind, template })),
  ).map(({ path }) => path.join('.'));
};

test('a template is unused when nothing was made from it and nothing inherits from it', () => {
  expect(unused(['vm', 'used'])).toEqual(['vm_templates.idle']);
  expect(unused(['vm', 'idle'])).toEqual([]);
  expect(unused(['vm', 'default'])).toEqual(['vm_templates.idle']);
});

test('a kind of which there is nothing yet says nothing', () => {
  expect(unused()).toEqual([]);
  expect(unused(['agent', 'default'])).toEqual(['agent_templates.later']);
});
