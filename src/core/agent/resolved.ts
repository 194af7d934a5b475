import type { AgentTemplate, Config } from '../config/model.ts';

/** What decided about the account: the template with its catalog entries. Stored, and compared by `agent diff`. */
export function resolvedAgent(
  config: Config,
  template: AgentTemplate,
  keys: readonly string[],
): Record<string, unknown> {
  const commands = template.userInstallCommands.map((name) => [name, config.catalog.userInstallCommands.get(name)]);
  return { template, keys, user_install_commands: Object.fromEntries(commands) };
}
