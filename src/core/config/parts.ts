import type { BoundFile, BoundSection } from './bind.ts';
import { applicationOrder, templateSections, templatesOf } from './inherit.ts';
import type { TemplateKind } from './model.ts';
import { keyPath } from './problems.ts';
import { collectionOf } from './symbols.ts';

/** The parts of the file that a template needs: itself, what it inherits from, and what any of these refers to. */
export function partsUsedBy(file: BoundFile, kind: TemplateKind, name: string): Set<string> {
  const parts = new Set<string>();
  const sections: BoundSection[] = [];
  for (const member of applicationOrder(file, kind, name)) {
    parts.add(keyPath([templateSections[kind], member]));
    const section = templatesOf(file, kind).get(member);
    if (section !== undefined) sections.push(section);
  }
  if (kind === 'vm') {
    // The admin user is made together with the VM.
    parts.add('admin.config');
    const admin = file.sections.get('admin.config');
    if (admin !== undefined) sections.push(admin);
  }
  for (let section = sections.pop(); section !== undefined; section = sections.pop()) {
    for (const [collection, item] of referencesOf(section)) {
      const part = keyPath([collection, item]);
      const entry = file.collections.get(collection)?.get(item);
      if (entry === undefined || parts.has(part)) continue;
      parts.add(part);
      sections.push(entry);
    }
  }
  return parts;
}

function* referencesOf(section: BoundSection): Generator<[collection: string, name: string]> {
  for (const { schema, items } of section.values.values()) {
    const collection = schema.type === 'list' ? collectionOf(schema.refers) : undefined;
    if (collection !== undefined) for (const item of items) yield [collection, item.text];
  }
}
