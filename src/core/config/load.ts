import type { CatalogUse } from './catalog/view.ts';
import type {
  AgentTemplate,
  Config,
  ConfigProblem,
  Effective,
  EffectiveSection,
  SessionTemplate,
  TemplateKind,
  VmTemplate,
  WorkspaceTemplate,
} from './model.ts';

/** The operator's config.toml, loaded at first use and kept. */
export interface ConfigStore {
  readonly path: string;
  /** Throws `config` with every error when the file cannot be used; warnings are in `problems`. */
  load(): Promise<Config>;
  /** All problems, without throwing; `undefined` config when there are errors. */
  check(): Promise<{ config: Config | undefined; problems: ConfigProblem[]; exists: boolean }>;
  /**
   * Resolved templates; `undefined` or `default`: the entry `default`, else the built-in. Unknown names throw `not-found` listing the known ones.
   * Errors inside the template, what it inherits from, or what it refers to throw `config`.
   */
  vmTemplate(name: string | undefined): Promise<VmTemplate>;
  agentTemplate(name: string | undefined): Promise<AgentTemplate>;
  workspaceTemplate(name: string | undefined): Promise<WorkspaceTemplate>;
  sessionTemplate(name: string | undefined): Promise<SessionTemplate>;
  /** Every key of a resolved template with its origin. */
  explain(kind: TemplateKind, name: string): Promise<Record<string, Effective<unknown>>>;
  /** Every key of the plain sections with its origin. */
  explainSections(): Promise<EffectiveSection[]>;
  /** Templates that nothing inherits from and that nothing of these was made from. */
  unusedTemplates(used: readonly { kind: TemplateKind; template: string }[]): Promise<ConfigProblem[]>;
  /** Which catalog entries are the operator's own, and who uses which. */
  catalogUse(): Promise<CatalogUse>;
  /** Forgets what was loaded: the next call reads the file again. */
  refresh(): void;
}
