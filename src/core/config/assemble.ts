import { absolute, type BoundFile, type BoundSection } from './bind.ts';
import { buildCatalog } from './catalog/catalog.ts';
import { contentDigest } from './digest.ts';
import { type EffectiveValues, resolveTemplate, templateKinds, templatesOf } from './inherit.ts';
import type {
  AdminConfig,
  AgentTemplate,
  Config,
  ConfigProblem,
  EffectiveSection,
  GitCredential,
  SessionTemplate,
  TemplateKind,
  VmTemplate,
  WorkspaceTemplate,
} from './model.ts';
import { keyPath } from './problems.ts';
import { modelOf, originOf, sectionValues } from './read.ts';
import { schemaAt, schemaSections } from './schema/index.ts';
import type * as operator from './schema/operator.ts';
import type * as templates from './schema/templates.ts';
import type { SectionSchema, ValuesOf } from './schema/types.ts';

/** Plain sections with the origin of each value, in file order. */
export function effectiveSections(file: BoundFile): EffectiveSection[] {
  const sections: EffectiveSection[] = [];
  for (const { path, section, collection } of schemaSections()) {
    if (collection !== undefined) continue;
    const bound = file.sections.get(keyPath(path));
    if (bound === undefined && isOptional(section)) continue;
    sections.push({ path: keyPath(path), values: plainSection(file, keyPath(path), section, bound) });
  }
  return sections;
}

/** A section with required keys means something only when it is there. */
const isOptional = (section: SectionSchema): boolean =>
  Object.values(section.children).some((child) => child.kind === 'value' && child.isRequired === true);

function plainSection(file: BoundFile, path: string, schema: SectionSchema, bound: BoundSection | undefined) {
  const values = sectionValues(file, schema, bound);
  const old = path === 'paths' ? bound?.values.get('code_workspaces') : undefined;
  if (old !== undefined && bound?.values.has('vscode_workspaces') !== true) {
    values.vscode_workspaces = { value: old.value, origin: originOf(file, old.key.start) };
  }
  return values;
}

/** The model of a file; meant for files without blocking errors. `problems` is kept as it is. */
export function assembleConfig(file: BoundFile, problems: ConfigProblem[]): Config {
  const broken = new Set(problems.filter((problem) => problem.severity === 'error').map((problem) => problem.part));
  const read = <T>(path: string): T => {
    const schema = schemaAt(path.split('.')) as SectionSchema;
    return modelOf<T>(plainSection(file, path, schema, file.sections.get(path)));
  };
  const readIfThere = <T>(path: string): T | undefined => (file.sections.has(path) ? read<T>(path) : undefined);
  const qemu = read<ValuesOf<typeof operator.qemuKeys>>('qemu');
  const content = {
    operator: read<ValuesOf<typeof operator.operatorKeys>>('operator'),
    paths: read<ValuesOf<typeof operator.pathsKeys>>('paths'),
    defaults: read<ValuesOf<typeof operator.defaultsKeys>>('defaults'),
    admin: read<ValuesOf<typeof templates.adminKeys>>('admin.config') satisfies AdminConfig,
    session: read<ValuesOf<typeof operator.sessionKeys>>('session.config'),
    salvage: read<ValuesOf<typeof operator.salvageKeys>>('salvage'),
    gitCredentials: readCredentials(file, broken),
    azure: readIfThere<ValuesOf<typeof operator.azureKeys>>('azure'),
    proxmox: readIfThere<ValuesOf<typeof operator.proxmoxKeys>>('proxmox'),
    qemu: { ...qemu, image: imagePath(qemu.image, file) },
    ssh: read<ValuesOf<typeof operator.sshKeys>>('ssh'),
    catalog: buildCatalog(file, (kind, name) => !broken.has(keyPath([kind, name]))),
  };
  const names = Object.fromEntries(
    templateKinds.map((kind) => [kind, [...templatesOf(file, kind).keys()]]),
  ) as Config['templateNames'];
  const resolved = templateKinds.map((kind) =>
    names[kind].map((name) => [kind, name, modelOf(resolveTemplate(file, kind, name))]),
  );
  return {
    path: file.path,
    ...content,
    templateNames: names,
    digest: contentDigest({ ...content, templates: resolved }),
    problems,
  };
}

function readCredentials(file: BoundFile, broken: ReadonlySet<string | undefined>): Map<string, GitCredential> {
  const credentials = new Map<string, GitCredential>();
  for (const [name, section] of file.collections.get('git_credentials') ?? []) {
    if (broken.has(keyPath(['git_credentials', name]))) continue;
    const { type, org, description } = modelOf<ValuesOf<typeof operator.credentialKeys>>(
      sectionValues(file, section.schema, section),
    );
    credentials.set(name, type === 'azdo' ? { name, type, org: org ?? '', description } : { name, type, description });
  }
  return credentials;
}

/** `official`, `build` and addresses stay; a path becomes absolute. */
function imagePath(image: string, file: BoundFile): string {
  return ['official', 'build'].includes(image) || /^https?:\/\//.test(image) ? image : absolute(image, file.base);
}

export type ResolvedTemplates = {
  vm: VmTemplate;
  agent: AgentTemplate;
  workspace: WorkspaceTemplate;
  session: SessionTemplate;
};

/** A resolved template as the model has it. */
export function templateModel<K extends TemplateKind>(
  _kind: K,
  name: string,
  values: EffectiveValues,
): ResolvedTemplates[K] {
  const { inherits: _, ...rest } = values;
  const model = { name, ...modelOf<Record<string, unknown>>(rest) };
  return model as unknown as ResolvedTemplates[K];
}

type WithoutParents<Keys> = Omit<ValuesOf<Keys>, 'inherits'>;
type Matches<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;

/** Compiles only while the schema's keys and the model's properties are the same. */
export const schemaFitsModel: {
  vm: Matches<WithoutParents<typeof templates.vmTemplateKeys>, Omit<VmTemplate, 'name'>>;
  agent: Matches<WithoutParents<typeof templates.agentTemplateKeys>, Omit<AgentTemplate, 'name'>>;
  workspace: Matches<WithoutParents<typeof templates.workspaceTemplateKeys>, Omit<WorkspaceTemplate, 'name'>>;
  session: Matches<WithoutParents<typeof templates.sessionTemplateKeys>, Omit<SessionTemplate, 'name'>>;
  admin: Matches<ValuesOf<typeof templates.adminKeys>, AdminConfig>;
} = { vm: true, agent: true, workspace: true, session: true, admin: true };
