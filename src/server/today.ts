import { assembleConfig, templateModel } from '../core/config/assemble.ts';
import type { Freshness } from '../core/config/editorProtocol.ts';
import type { Config, TemplateKind } from '../core/config/model.ts';
import { partsUsedBy } from '../core/config/parts.ts';
import type { ConfigDocument } from './document.ts';
import type { TemplateUser } from './fleet.ts';

/** Kinds that can be brought to what the file says: by `reinit`. */
export const reinitialized = ['vm', 'agent'] as const satisfies TemplateKind[];

const configs = new WeakMap<ConfigDocument, Config | undefined>();

/** The configuration that this text would load as; undefined while errors keep it from loading. */
function configOf(document: ConfigDocument): Config | undefined {
  if (!configs.has(document)) {
    const problems = document.problems.sorted();
    const isUsable = !problems.some(({ severity, part }) => severity === 'error' && part === undefined);
    configs.set(document, isUsable ? assembleConfig(document.file, problems) : undefined);
  }
  return configs.get(document);
}

/**
 * What a create or reinit would record for this VM or agent by this text, in the form of `applied.resolved`; undefined
 * when that cannot be said: the template is gone, or has errors. The operator's keys are files beside the text and are
 * left out.
 */
export async function resolvedToday(document: ConfigDocument, user: TemplateUser): Promise<unknown> {
  const { kind, template: name } = user;
  const config = configOf(document);
  if (config === undefined || (name !== 'default' && !config.templateNames[kind].includes(name))) return undefined;
  const parts = partsUsedBy(document.file, kind, name);
  if (config.problems.some(({ severity, part }) => severity === 'error' && parts.has(part ?? ''))) return undefined;
  const values = document.effective(kind, name);
  try {
    if (kind === 'vm') {
      const [{ resolvedVm }, { workspacesFolder }] = await Promise.all([
        import('../core/vm/resolved.ts'),
        import('../core/vm/workspacesFolder.ts'),
      ]);
      const template = templateModel('vm', name, values);
      return withoutKeys(resolvedVm({ config, template, keys: [], workspaces: workspacesFolder(config) }));
    }
    if (kind === 'agent') {
      const { resolvedAgent } = await import('../core/agent/resolved.ts');
      return withoutKeys(resolvedAgent(config, templateModel('agent', name, values), []));
    }
  } catch {
    // An entry that the catalog does not have, or a folder that is refused: the command would say so and stop.
  }
  return undefined;
}

/** The record of the last create or reinit without the operator's keys; undefined for what was imported. */
export const appliedTo = ({ applied }: TemplateUser): unknown =>
  applied === undefined ? undefined : withoutKeys(applied.resolved);

function withoutKeys(resolved: unknown): unknown {
  if (typeof resolved !== 'object' || resolved === null) return resolved;
  const { keys: _, ...rest } = resolved as Record<string, unknown>;
  return rest;
}

/** Does the machine have what this text says? Not known of what was imported and while the text has errors. */
export async function freshnessOf(document: ConfigDocument, user: TemplateUser): Promise<Freshness> {
  const applied = appliedTo(user);
  const today = applied === undefined ? undefined : await resolvedToday(document, user);
  if (applied === undefined || today === undefined) return 'unknown';
  const { changesBetween } = await import('../core/vm/changes.ts');
  return changesBetween(applied, today).length === 0 ? 'current' : 'outdated';
}
