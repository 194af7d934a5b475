import type { Config, GitCredential } from '../config/model.ts';
import type { Engine } from '../engine.ts';
import { AppError } from '../errors.ts';

/** `azdo-main` → `GIT_CREDENTIALS_AZDO_MAIN`. */
export const tokenVariable = (credential: string): string =>
  `GIT_CREDENTIALS_${credential.toUpperCase().replaceAll('-', '_')}`;

/** The configured credential; throws `config` when there is none of that name. */
export function requireCredential(config: Config, name: string): GitCredential {
  const credential = config.gitCredentials.get(name);
  if (credential !== undefined) return credential;
  throw new AppError('config', `There is no Git credential '${name}' in ${config.path}.`, {
    hint: `Add [git_credentials.${name}], or take it out of git_credentials.`,
  });
}

const question = (credential: GitCredential): { label: string; hint: string } => {
  const shown = credential.description ? `${credential.name} (${credential.description})` : credential.name;
  return credential.type === 'github'
    ? { label: `GitHub PAT for '${shown}'`, hint: 'Create one at https://github.com/settings/tokens (repo scope).' }
    : {
        label: `Azure DevOps PAT for '${shown}'`,
        hint: `Create one at https://dev.azure.com/${credential.org}/_usersSettings/tokens (Code Read & Write).`,
      };
};

/** A token for each named credential: from `GIT_CREDENTIALS_<NAME>` or the front end's store (unless `isFresh`), else asked. */
export async function collectTokens(
  engine: Engine,
  names: readonly string[],
  config: Config,
  options: { isFresh?: boolean } = {},
): Promise<Record<string, string>> {
  const credentials = names.map((name) => requireCredential(config, name));
  const tokens: Record<string, string> = {};
  for (const credential of credentials) {
    const { label, hint } = question(credential);
    const token = (
      await engine.secrets.get({ variable: tokenVariable(credential.name), label, hint, ...options })
    ).trim();
    if (token === '' || /\s/.test(token)) {
      throw new AppError('invalid', `The token for '${credential.name}' is empty or contains blanks.`);
    }
    tokens[credential.name] = token;
  }
  return tokens;
}
