import { templateSections } from '../../core/config/inherit.ts';
import type { Effective, Origin, TemplateKind } from '../../core/config/model.ts';
import { keyPath } from '../../core/config/problems.ts';
import { tomlKey, tomlValue } from '../../core/config/tomlText.ts';
import { oneLine } from '../../core/markdown.ts';
import { kindTitles } from '../describe.ts';
import type { ConfigDocument } from '../document.ts';

/** A template after inheritance as TOML, with a comment behind each value that says where it comes from. */
export function effectiveText(document: ConfigDocument, kind: TemplateKind, name: string): string {
  const collection = templateSections[kind];
  const { inherits, ...values } = document.effective(kind, name);
  const parents = (inherits?.value ?? []) as string[];
  const lines = [
    `# ${kindTitles[kind]} '${oneLine(name)}' as it counts, with where each value comes from.`,
    ...(parents.length === 0 ? [] : [`# It inherits ${parents.map((parent) => oneLine(parent)).join(', ')}.`]),
    '',
    `[${keyPath([collection, name])}]`,
    ...Object.entries(values).flatMap(([key, effective]) => keyLines(key, effective)),
  ];
  return `${lines.join('\n')}\n`;
}

function keyLines(key: string, { value, origin, items }: Effective<unknown>): string[] {
  if (value === undefined) return [`# ${key} is not set.`];
  const sources = new Set((items ?? []).map((item) => comment(item.origin)));
  if (Array.isArray(value) && sources.size > 1) {
    const inner = value.map((text, index) => {
      const from = items?.[index]?.origin ?? origin;
      return `  ${tomlValue(text)}, # ${comment(from)}`;
    });
    return [`${key} = [`, ...inner, ']'];
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && sources.size > 1) {
    // One dotted key per name, so that each has its own comment.
    return Object.entries(value).map(([name, text]) => {
      const from = items?.find((item) => item.name === name)?.origin ?? origin;
      return `${key}.${tomlKey(name)} = ${tomlValue(text)} # ${comment(from)}`;
    });
  }
  return [`${key} = ${tomlValue(value)} # ${comment(items?.[0]?.origin ?? origin)}`];
}

function comment(origin: Origin): string {
  switch (origin.from) {
    case 'default':
      return 'the default';
    case 'file':
      return `line ${origin.line}`;
    case 'template':
      return `from ${oneLine(origin.template)}, line ${origin.line}`;
  }
}
