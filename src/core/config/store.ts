import { AppError } from '../errors.ts';
import type { Files } from '../ports/files.ts';
import { assembleConfig, effectiveSections, type ResolvedTemplates, templateModel } from './assemble.ts';
import { type BoundFile, bindDocument } from './bind.ts';
import { catalogUse } from './catalog/view.ts';
import { checkConfig } from './check/index.ts';
import { defaultTemplate, resolveTemplate, templatesOf } from './inherit.ts';
import type { ConfigStore } from './load.ts';
import type { Config, ConfigProblem, TemplateKind } from './model.ts';
import { partsUsedBy } from './parts.ts';
import { Problems } from './problems.ts';
import { problemLine } from './problemText.ts';
import { decodeText } from './toml/decode.ts';
import { parseDocument } from './toml/document.ts';

interface Loaded {
  file: BoundFile;
  problems: ConfigProblem[];
  config: Config | undefined;
}

/** Reads config.toml at first use. `cwd` is where relative paths start; default: the process's folder. */
export function createConfigStore(options: { path: string; files: Files; cwd?: string }): ConfigStore {
  const { path, files } = options;
  let loading: Promise<Loaded | undefined> | undefined;

  const read = async (): Promise<Loaded | undefined> => {
    await refuseOdd(files, path);
    const bytes = await files.readBytes(path);
    if (bytes === undefined) return undefined;
    const { text, invalidAt } = decodeText(bytes);
    const base = { home: files.home, cwd: options.cwd ?? process.cwd() };
    const file = bindDocument(path, parseDocument(text), base);
    if (invalidAt !== undefined) {
      file.problems.error('toml-syntax', { start: invalidAt, end: invalidAt + 1 }, [], 'The file is not UTF-8 text', {
        hint: 'Save it with the encoding UTF-8.',
      });
    }
    await checkConfig(file, files);
    const problems = file.problems.sorted();
    const isUsable = !problems.some(isBlocking);
    return { file, problems, config: isUsable ? assembleConfig(file, problems) : undefined };
  };
  const loaded = (): Promise<Loaded | undefined> => {
    loading ??= read().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
  const usable = async (): Promise<{ file: BoundFile; problems: ConfigProblem[]; config: Config }> => {
    const state = await loaded();
    if (state === undefined) throw missingFile(path);
    if (state.config === undefined) throw brokenFile(path, state.problems.filter(isBlocking));
    return { file: state.file, problems: state.problems, config: state.config };
  };
  const values = async (kind: TemplateKind, requested: string | undefined) => {
    const { file, problems } = await usable();
    const name = requested ?? defaultTemplate;
    requireTemplate(file, kind, name);
    return { file, problems, name, values: resolveTemplate(file, kind, name) };
  };
  const template = async <K extends TemplateKind>(
    kind: K,
    requested: string | undefined,
  ): Promise<ResolvedTemplates[K]> => {
    const { file, problems, name, values: resolved } = await values(kind, requested);
    const parts = partsUsedBy(file, kind, name);
    const errors = problems.filter((problem) => problem.severity === 'error' && parts.has(problem.part ?? ''));
    if (errors.length > 0) throw brokenTemplate(kind, name, errors);
    return templateModel(kind, name, resolved);
  };

  return {
    path,
    load: async () => (await usable()).config,
    check: async () => {
      const state = await loaded();
      if (state === undefined) return { config: undefined, problems: [missingFileProblem(path)], exists: false };
      return { config: state.config, problems: state.problems, exists: true };
    },
    vmTemplate: (name) => template('vm', name),
    agentTemplate: (name) => template('agent', name),
    workspaceTemplate: (name) => template('workspace', name),
    sessionTemplate: (name) => template('session', name),
    explain: async (kind, name) => (await values(kind, name)).values,
    explainSections: async () => effectiveSections((await usable()).file),
    catalogUse: async () => catalogUse((await usable()).file),
    unusedTemplates: async (used) => {
      const state = await loaded();
      if (state === undefined) return [];
      const { unusedTemplates } = await import('./check/unusedTemplates.ts');
      const problems = new Problems(path, state.file.document.lines);
      problems.list.push(...unusedTemplates(state.file, used));
      return problems.sorted();
    },
    refresh: () => {
      loading = undefined;
    },
  };
}

/** Bytes. Whatever is larger was not written by hand, and checking it would take longer than anybody waits. */
const largestConfig = 2 ** 20;

async function refuseOdd(files: Files, path: string): Promise<void> {
  const info = await files.info(path);
  if (info?.kind === 'directory') throw unusable(`The configuration file ${path} is a folder.`);
  if (info !== undefined && info.size > largestConfig) throw unusable(`${path} is larger than 1 MiB.`);
}

const unusable = (text: string): AppError =>
  new AppError('config', text, { hint: 'Name the right file with --config, or correct it.' });

/** Errors inside one part only stop what uses that part. */
const isBlocking = (problem: ConfigProblem): boolean => problem.severity === 'error' && problem.part === undefined;

function requireTemplate(file: BoundFile, kind: TemplateKind, name: string): void {
  const templates = templatesOf(file, kind);
  if (name === defaultTemplate || templates.has(name)) return;
  const known = [...new Set([defaultTemplate, ...templates.keys()])];
  throw new AppError('not-found', `There is no ${kind} template '${name}'.`, {
    hint: `Known ${kind} templates: ${known.join(', ')}.`,
    data: { kind, name, known },
  });
}

const missingText = (path: string): string => `There is no configuration file at ${path}.`;
const missingHint = 'Create one with `agentworks config init`.';

const missingFile = (path: string): AppError => new AppError('config', missingText(path), { hint: missingHint });

const missingFileProblem = (path: string): ConfigProblem => ({
  severity: 'error',
  code: 'missing-file',
  message: missingText(path),
  hint: missingHint,
  key: undefined,
  path,
  start: { line: 1, column: 1 },
  end: { line: 1, column: 1 },
});

const listed = (problems: readonly ConfigProblem[]): string =>
  problems.map((problem) => `\n  ${problemLine(problem)}`).join('');

function brokenFile(path: string, problems: ConfigProblem[]): AppError {
  const count = problems.length === 1 ? 'an error' : `${problems.length} errors`;
  return new AppError('config', `${path} has ${count}:${listed(problems)}`, {
    hint: 'Correct it, then run `agentworks config check`.',
    data: { problems },
  });
}

function brokenTemplate(kind: TemplateKind, name: string, problems: ConfigProblem[]): AppError {
  return new AppError('config', `The ${kind} template '${name}' cannot be used:${listed(problems)}`, {
    hint: 'Correct it, then run `agentworks config check`.',
    data: { problems },
  });
}
