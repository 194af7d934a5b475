import type { Config, VmTemplate } from '../config/model.ts';
import { selectApt } from './init/packages.ts';

export interface VmResolution {
  config: Config;
  template: VmTemplate;
  /** The operator's public keys. */
  keys: readonly string[];
  workspaces: string;
}

/** What decided about the machine: the templates with their catalog entries. Stored, and compared by `vm diff`. */
export function resolvedVm({ config, template, keys, workspaces }: VmResolution): Record<string, unknown> {
  const pick = <T>(catalog: ReadonlyMap<string, T>, names: readonly string[]): Record<string, T | undefined> =>
    Object.fromEntries(names.map((name) => [name, catalog.get(name)]));
  return {
    template,
    admin: config.admin,
    vm_workspaces: workspaces,
    keys,
    apt_sources: Object.fromEntries(selectApt(config.catalog, template).sources.map((each) => [each.name, each])),
    system_install_commands: pick(config.catalog.systemInstallCommands, template.systemInstallCommands),
    user_install_commands: pick(config.catalog.userInstallCommands, config.admin.userInstallCommands),
  };
}
