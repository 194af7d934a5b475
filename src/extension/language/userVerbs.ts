import type { Freshness } from '../../core/config/editorProtocol.ts';
import type { TemplateKind } from '../../core/config/model.ts';

/** What people do about something that was made from a template, the likeliest first: verbs with one argument, its name. */
const verbs: Readonly<Record<TemplateKind, readonly string[]>> = {
  vm: ['vm.describe', 'vm.diff', 'vm.reinit'],
  agent: ['agent.describe', 'agent.diff', 'agent.reinit'],
  workspace: ['workspace.describe', 'workspace.shell'],
  session: ['session.attach', 'session.describe'],
};

/** Of what is outdated the difference comes first: that is why people look. */
export function verbsFor(kind: TemplateKind, freshness: Freshness): readonly string[] {
  const all = verbs[kind];
  const [first, diff, ...more] = all;
  return freshness === 'outdated' && diff?.endsWith('.diff') === true ? [diff, ...more, first ?? diff] : all;
}
