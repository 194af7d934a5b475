import type { BoundFile } from '../bind.ts';
import { defaultTemplate, templateKinds, templateSections, templatesOf } from '../inherit.ts';
import type { TemplateKind } from '../model.ts';
import { type Finding, keyPath, Problems } from '../problems.ts';
import { isReferredTo } from '../symbols.ts';

/** Templates that no other one inherits from. Who was made from them stands in the state file alone. */
export function unreferredTemplates(file: BoundFile): { kind: TemplateKind; name: string }[] {
  return templateKinds.flatMap((kind) =>
    [...templatesOf(file, kind).keys()]
      .filter((name) => name !== defaultTemplate)
      .filter((name) => !isReferredTo(file, templateSections[kind], name))
      .map((name) => ({ kind, name })),
  );
}

/**
 * Templates that nothing was made from and nothing inherits from. A kind of which there is nothing yet says nothing: its
 * templates wait for their first use.
 */
export function unusedTemplates(file: BoundFile, used: readonly { kind: TemplateKind; template: string }[]): Finding[] {
  const problems = new Problems(file.path, file.document.lines);
  for (const { kind, name } of unreferredTemplates(file)) {
    const ofKind = used.filter((use) => use.kind === kind);
    if (ofKind.length === 0 || ofKind.some(({ template }) => template === name)) continue;
    const path = [templateSections[kind], name];
    const at = templatesOf(file, kind).get(name)?.at;
    if (at === undefined) continue;
    problems.add(
      'info',
      'unused-template',
      at,
      path,
      `Nothing was made from ${keyPath(path)}, and no template inherits from it`,
    );
  }
  return problems.list;
}
