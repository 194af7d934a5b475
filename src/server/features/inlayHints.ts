import type { InlayHint, InlayHintLabelPart, Range } from 'vscode-languageserver';
import type { BoundSection } from '../../core/config/bind.ts';
import { applicationOrder, parentsOf, templateKinds, templatesOf } from '../../core/config/inherit.ts';
import type { Effective, Origin, TemplateKind } from '../../core/config/model.ts';
import { tomlValue } from '../../core/config/tomlText.ts';
import type { BoundValue } from '../../core/config/values.ts';
import { oneLine } from '../../core/markdown.ts';
import { originText } from '../describe.ts';
import type { ConfigDocument } from '../document.ts';
import { InlayHintKind } from '../protocol.ts';

/** What a template inherits: keys behind its header, items behind its lists, and what a value of its own replaces. */
export function inlayHints(document: ConfigDocument, range: Range): InlayHint[] {
  const wanted = document.span(range);
  const hints: InlayHint[] = [];
  const add = (offset: number, label: InlayHintLabelPart[]) => {
    const at = document.lines.endOf(document.lines.lineAt(offset));
    if (label.length === 0 || at < wanted.start || at > wanted.end) return;
    hints.push({ position: document.positionAt(at), label, kind: InlayHintKind.Type, paddingLeft: true });
  };
  for (const kind of templateKinds) {
    for (const [name, section] of templatesOf(document.file, kind)) {
      if (parentsOf(section).length === 0) continue;
      const values = document.effective(kind, name);
      add(section.at.end, headerLabel(document, values));
      for (const [key, bound] of section.values) {
        const effective = values[key];
        if (effective !== undefined) add(bound.at.end, valueLabel(document, kind, name, key, bound, effective));
      }
    }
  }
  return hints.sort((a, b) => a.position.line - b.position.line);
}

const mostKeys = 5;

/** Keys that come from parents alone. */
function headerLabel(document: ConfigDocument, values: Record<string, Effective<unknown>>): InlayHintLabelPart[] {
  const inherited = Object.entries(values).filter(([, { origin }]) => origin.from === 'template');
  const parts = inherited
    .slice(0, mostKeys)
    .map(([key, { value, origin }]) => part(document, `${key} = ${short(value)}`, origin));
  const more = inherited.length - parts.length;
  return [...separated(parts), ...(more > 0 ? [{ value: `, and ${more} more` }] : [])];
}

function valueLabel(
  document: ConfigDocument,
  kind: TemplateKind,
  name: string,
  key: string,
  bound: BoundValue,
  { items }: Effective<unknown>,
): InlayHintLabelPart[] {
  const { schema } = bound;
  if (schema.type === 'map' || (schema.type === 'list' && schema.merge !== undefined)) {
    const inherited = (items ?? []).filter(({ origin }) => origin.from === 'template');
    if (inherited.length === 0) return [];
    const parts = inherited.slice(0, mostKeys).map((item) => part(document, oneLine(item.name), item.origin));
    const more = inherited.length - parts.length;
    return [{ value: '+ ' }, ...separated(parts), ...(more > 0 ? [{ value: `, and ${more} more` }] : [])];
  }
  const replaced = schema.isOwn === true ? undefined : inheritedValue(document, kind, name, key);
  if (replaced === undefined || replaced.bound.value === bound.value) return [];
  const origin: Origin = {
    from: 'template',
    template: replaced.template,
    path: document.file.path,
    ...document.file.document.lines.position(replaced.bound.key.start),
  };
  return [part(document, `instead of ${short(replaced.bound.value)}`, origin)];
}

/** What the key would be without this template's own value. */
function inheritedValue(
  { file }: ConfigDocument,
  kind: TemplateKind,
  name: string,
  key: string,
): { template: string; bound: BoundValue } | undefined {
  const templates = templatesOf(file, kind);
  for (const template of applicationOrder(file, kind, name).slice(0, -1).reverse()) {
    const section: BoundSection | undefined = templates.get(template);
    const bound = section?.values.get(key);
    if (bound !== undefined) return { template, bound };
    // A command without a restart command of its own takes the inherited one away.
    if (key === 'restart_command' && section?.values.has('command') === true) return undefined;
  }
  return undefined;
}

const longest = 30;

function short(value: unknown): string {
  const text = oneLine(value === undefined ? 'unset' : tomlValue(value));
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

/** A piece of a hint that leads to where the value is set. */
function part(document: ConfigDocument, value: string, origin: Origin): InlayHintLabelPart {
  if (origin.from === 'default') return { value };
  const start = document.lines.startOf(origin.line - 1) + origin.column - 1;
  const place = document.range({ start, end: start });
  return { value, tooltip: originText(origin), location: { uri: document.uri, range: place } };
}

const separated = (parts: readonly InlayHintLabelPart[]): InlayHintLabelPart[] =>
  parts.flatMap((each, index) => (index === 0 ? [each] : [{ value: ', ' }, each]));
