import * as vscode from 'vscode';
import { templateKinds, templateSections } from '../../core/config/inherit.ts';
import type { TemplateKind } from '../../core/config/model.ts';
import type { Parts } from '../parts.ts';
import { pick } from '../pick.ts';
import { label } from '../text.ts';

interface Template {
  kind: TemplateKind;
  name: string;
}

/** The template that a lens named, else one of the file that people choose. */
export async function chosenTemplate(parts: Parts, kind: unknown, name: unknown): Promise<Template | undefined> {
  const known = templateKinds.find((each) => each === kind);
  if (known !== undefined && typeof name === 'string') return { kind: known, name };
  const { templateNames } = await (await parts.engine()).config.load();
  const all = templateKinds.flatMap((each) => templateNames[each].map((one) => ({ kind: each, name: one })));
  const chosen = await pick(
    all.map((template) => ({ label: label(template.name), description: templateSections[template.kind], template })),
    { title: vscode.l10n.t('Show effective values'), placeHolder: vscode.l10n.t('Template') },
  );
  return chosen?.template;
}
