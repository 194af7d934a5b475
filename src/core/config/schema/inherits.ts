import type { TemplateKind } from '../model.ts';
import type { ValueSchema } from './types.ts';

/** Key of every kind of template. */
export const inherits = <K extends TemplateKind>(kind: K) =>
  ({
    kind: 'value',
    type: 'list',
    default: [],
    isOwn: true,
    doc: 'Templates to start from, in order: a later one wins over an earlier one, this one wins over all. Lists append. An item `"!name"` takes an inherited item out, a first item `"!*"` drops all inherited items.',
    refers: { to: 'template', kind },
  }) as const satisfies ValueSchema;
