import type { BoundFile, BoundSection } from '../bind.ts';
import { applicationOrder, parentsOf, templateKinds, templateSections, templatesOf } from '../inherit.ts';
import type { TemplateKind } from '../model.ts';
import { keyPath } from '../problems.ts';
import { defaultOf } from '../read.ts';
import type { ValueSchema } from '../schema/types.ts';
import { tomlValue } from '../tomlText.ts';
import type { BoundValue } from '../values.ts';

/** Values against what would be inherited without them, and parents against each other. */
export function checkInherited(file: BoundFile): void {
  for (const kind of templateKinds) {
    for (const [name, template] of templatesOf(file, kind)) {
      const parents = parentsOf(template);
      if (parents.length === 0) continue;
      checkOwn(file, kind, name, template);
      if (parents.length > 1) checkParents(file, kind, name, template);
    }
  }
}

const isPlain = (schema: ValueSchema): boolean => schema.type !== 'list' && schema.type !== 'map';

/** Long texts say nothing in a sentence, and may hold what must not be repeated. */
const isShown = ({ schema }: BoundValue): boolean =>
  schema.type === 'integer' || schema.type === 'boolean' || (schema.type === 'string' && schema.choices !== undefined);

/** The last of these templates that sets the key. */
function setterOf(file: BoundFile, kind: TemplateKind, order: readonly string[], key: string) {
  const templates = templatesOf(file, kind);
  const name = order.findLast((member) => templates.get(member)?.values.has(key) === true);
  const value = name === undefined ? undefined : templates.get(name)?.values.get(key);
  return name === undefined || value === undefined ? undefined : { name, value };
}

function checkOwn(file: BoundFile, kind: TemplateKind, name: string, template: BoundSection): void {
  const before = applicationOrder(file, kind, name).slice(0, -1);
  for (const [key, own] of template.values) {
    if (!isPlain(own.schema)) continue;
    const inherited = setterOf(file, kind, before, key);
    if (inherited === undefined) continue;
    const path = [templateSections[kind], name, key];
    const related = [{ message: `Inherited from '${inherited.name}'`, at: inherited.value.key }];
    if (own.value === inherited.value.value) {
      const message = `${keyPath(path)} is what '${inherited.name}' sets already`;
      file.problems.add('info', 'repeats-inherited', own.key, path, message, { related });
    } else if (own.value === defaultOf(own.schema, file.base)) {
      const value = isShown(inherited.value) ? ` (${tomlValue(inherited.value.value)})` : '';
      const message = `${keyPath(path)} puts the default back in place of what '${inherited.name}' sets${value}`;
      file.problems.add('info', 'resets-inherited', own.at, path, message, { related });
    }
  }
}

/** Neither of two parents comes from the other, and they want different things. */
function checkParents(file: BoundFile, kind: TemplateKind, name: string, template: BoundSection): void {
  const parents = parentsOf(template).map((item) => ({ item, order: applicationOrder(file, kind, item.text) }));
  const keys = new Set<string>();
  for (const { order } of parents) {
    for (const member of order)
      for (const key of templatesOf(file, kind).get(member)?.values.keys() ?? []) keys.add(key);
  }
  for (const key of keys) {
    if (template.values.has(key)) continue;
    let last:
      | { item: BoundValue['items'][number]; order: readonly string[]; name: string; value: BoundValue }
      | undefined;
    for (const { item, order } of parents) {
      const setter = setterOf(file, kind, order, key);
      if (setter === undefined || !isPlain(setter.value.schema)) continue;
      const isClash =
        last !== undefined &&
        last.value.value !== setter.value.value &&
        !order.includes(last.name) &&
        !last.order.includes(setter.name);
      if (isClash && last !== undefined) {
        const path = [templateSections[kind], name, 'inherits'];
        const values = isShown(setter.value)
          ? `: ${tomlValue(setter.value.value)} instead of ${tomlValue(last.value.value)}`
          : '';
        const message = `${keyPath([templateSections[kind], name])} takes ${key} from '${item.text}', not from '${last.item.text}'${values}`;
        file.problems.add('info', 'parents-disagree', item.at, path, message, {
          hint: `Set ${key} here to say which one is meant.`,
          related: [
            { message: `'${setter.name}' sets it here`, at: setter.value.key },
            { message: `'${last.name}' sets it here`, at: last.value.key },
          ],
        });
      }
      last = { item, order, ...setter };
    }
  }
}
