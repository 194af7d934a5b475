import type { Config, UserEnvironment } from '../config/model.ts';
import type { Engine } from '../engine.ts';
import type { Payload, Step } from '../remote/recipe.ts';
import { credentialSteps, identityStep } from './credentials.ts';
import { dotfilesSteps } from './dotfiles.ts';
import { installCommandSteps, selectCommands } from './installCommands.ts';
import { miseSteps } from './mise.ts';
import { fragmentsStep, miseShims, sourceLinesStep } from './profile.ts';
import { loginShellStep } from './shell.ts';
import type { EnvironmentUser } from './user.ts';

export type { EnvironmentUser } from './user.ts';

export interface EnvironmentRequest {
  user: EnvironmentUser;
  environment: UserEnvironment;
  config: Config;
  /** By credential name; a selected credential without one keeps what the machine has. */
  tokens: Readonly<Record<string, string>>;
  engine: Pick<Engine, 'files'>;
  /** Folders that system install commands put on the PATH; the admin's only. */
  systemPath?: readonly string[];
}

export interface EnvironmentSteps {
  steps: Step[];
  secrets: Record<string, string>;
  payloads: Payload[];
  warnings: string[];
}

function laterVersions(environment: UserEnvironment): string[] {
  const asked = [
    ...(environment.nerfInstallClaudePlugin ? ['the nerf plugin (nerf_install_claude_plugin)'] : []),
    ...(environment.claudeMarketplaces.length > 0 ? ['Claude marketplaces (claude_marketplaces)'] : []),
    ...(environment.claudePlugins.length > 0 ? ['Claude plugins (claude_plugins)'] : []),
  ];
  return asked.map((what) => `Installing ${what} comes in a later version; it is left out.`);
}

/**
 * The environment of one account, the same for the admin and agents: shell, Git, dotfiles, mise, install commands,
 * profile. Reads the operator's files and throws `config` for what is missing, so that nothing is begun then. Every
 * step is non-fatal: one that fails leaves a warning.
 */
export async function environmentSteps(request: EnvironmentRequest): Promise<EnvironmentSteps> {
  const { user, environment, config, engine } = request;
  const commands = selectCommands(
    config.catalog.userInstallCommands,
    environment.userInstallCommands,
    `${user.isAdmin ? 'admin.config' : 'agent'}.user_install_commands`,
  );
  const credentials = credentialSteps(user, environment.gitCredentials, config, request.tokens);
  const dotfiles = await dotfilesSteps(engine, user, environment);
  const folders = [...(request.systemPath ?? []), miseShims, ...commands.flatMap((entry) => entry.path)];
  const installers = installCommandSteps('user', commands, user);
  const steps = [
    loginShellStep(user.linuxUser, environment.shell),
    ...credentials.steps,
    ...dotfiles.steps,
    identityStep(user),
    // Before mise and the installers, whose checks look into a login shell; and again after them, since some rewrite
    // the files that shells read.
    fragmentsStep(user, folders, environment.miseActivate),
    sourceLinesStep(user, 'profile'),
    ...(await miseSteps(engine, user, environment)),
    ...installers,
    ...(installers.length > 0 ? [sourceLinesStep(user, 'profile-again')] : []),
  ];
  return { steps, secrets: credentials.secrets, payloads: dotfiles.payloads, warnings: laterVersions(environment) };
}
