import type { Command } from '../core/commands/command.ts';
import { commands as table } from '../core/commands/table.ts';
import { commandContributions } from './commands/contributes.ts';
import type { Contributions } from './contributions.ts';
import { contributes as diagnostics } from './diagnostics/contributes.ts';
import { contributes as firstRun } from './firstRun/contributes.ts';
import { contributes as language } from './language/contributes.ts';
import { contributes as languageModel } from './languageModel/contributes.ts';
import { contributes as peek } from './peek/contributes.ts';
import { contributes as remote } from './remote/contributes.ts';
import { contributes as review } from './review/contributes.ts';
import { contributes as terminals } from './terminals/contributes.ts';
import { contributes as trees } from './trees/contributes.ts';

export interface Manifest {
  /** For package.json; texts are `%keys%`. */
  contributes: Record<string, unknown>;
  /** package.nls.json. */
  texts: Record<string, string>;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Arrays are joined and maps merged, at any depth; anything else may be said once only. */
function merged(a: unknown, b: unknown, path: string): unknown {
  if (a === undefined) return b;
  if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  if (!isMap(a) || !isMap(b)) throw new Error(`${path} is contributed twice`);
  const result = { ...a };
  for (const [key, value] of Object.entries(b)) result[key] = merged(a[key], value, `${path}.${key}`);
  return result;
}

/** Keys whose strings are shown to people, at any place of `contributes`. */
const shown = new Set([
  'title',
  'shortTitle',
  'category',
  'name',
  'label',
  'contents',
  'contextualTitle',
  'description',
  'markdownDescription',
  'deprecationMessage',
  'displayName',
  'userDescription',
  'altText',
]);
const shownLists = new Set(['enumDescriptions', 'markdownEnumDescriptions', 'enumItemLabels']);
/** What these points show or mean is not for translation: names of grammars, schemas, texts for models. */
const untranslated = new Set(['resourceLabelFormatters', 'grammars', 'languages', 'jsonValidation', 'tomlValidation']);
const untranslatedKeys = new Set(['inputSchema', 'modelDescription', 'toolReferenceName']);

/** Names a member of a list by what it is, so that keys survive a new neighbour. */
const nameOf = (value: unknown, index: number): string => {
  const own = isMap(value) ? (value.command ?? value.id ?? value.view ?? value.toolReferenceName) : undefined;
  return typeof own === 'string' ? own : String(index);
};

function externalize(value: unknown, path: string, texts: Record<string, string>): unknown {
  const put = (text: string, key: string): string => {
    // Two screens of one view have the same name.
    let unique = key;
    for (let n = 2; texts[unique] !== undefined && texts[unique] !== text; n++) unique = `${key}.${n}`;
    texts[unique] = text;
    return `%${unique}%`;
  };
  if (Array.isArray(value)) return value.map((one, index) => externalize(one, `${path}.${nameOf(one, index)}`, texts));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      const here = `${path}.${key}`;
      // A tool's name is what it is called by, not what it is called.
      const isName = key === 'name' && path.startsWith('languageModelTools.');
      if (untranslatedKeys.has(key) || isName) return [key, one];
      if (typeof one === 'string' && shown.has(key)) {
        return [key, key === 'category' ? put(one, 'category') : put(one, here)];
      }
      if (shownLists.has(key) && Array.isArray(one)) {
        return [key, one.map((text, index) => put(String(text), `${here}.${index}`))];
      }
      return [key, externalize(one, here, texts)];
    }),
  );
}

/** Everything that package.json says about what the extension contributes, from the command table and the features. */
export function manifest(commands: readonly Command[] = table): Manifest {
  const features: Contributions[] = [
    commandContributions(commands),
    trees,
    terminals,
    remote,
    review,
    peek,
    language,
    languageModel,
    firstRun,
    diagnostics,
  ];
  const all = features.reduce<unknown>((sum, feature) => merged(sum, feature, 'contributes'), {});
  const texts: Record<string, string> = {};
  const contributes = Object.fromEntries(
    Object.entries(all as Record<string, unknown>).map(([point, value]) => [
      point,
      untranslated.has(point) ? value : externalize(value, point, texts),
    ]),
  );
  return { contributes, texts: Object.fromEntries(Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1))) };
}
