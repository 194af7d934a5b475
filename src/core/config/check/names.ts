import type { BoundFile } from '../bind.ts';
import { keyPath } from '../problems.ts';
import { configSchema } from '../schema/index.ts';

/** The variable that a credential's token comes from. */
export const credentialVariable = (name: string): string =>
  `GIT_CREDENTIALS_${name.toUpperCase().replaceAll('-', '_')}`;

export function checkNames(file: BoundFile): void {
  for (const [section, entries] of file.collections) {
    const schema = configSchema.children[section];
    if (schema?.kind !== 'collection') continue;
    for (const [name, entry] of entries) {
      if (schema.names.matches.test(name) && !name.includes('\n')) continue;
      const path = [section, name];
      const severity = section === 'git_credentials' ? 'error' : 'warning';
      file.problems.add(severity, 'bad-name', entry.at, path, `${keyPath(path)}: a name here has ${schema.names.says}`);
    }
  }
  checkVariables(file);
}

function checkVariables(file: BoundFile): void {
  const byVariable = new Map<string, string>();
  const credentials = file.collections.get('git_credentials') ?? new Map();
  for (const [name, entry] of credentials) {
    const variable = credentialVariable(name);
    const other = byVariable.get(variable);
    byVariable.set(variable, other ?? name);
    if (other === undefined) continue;
    file.problems.error(
      'name-collision',
      entry.at,
      ['git_credentials', name],
      `git_credentials.${name} and git_credentials.${other} would both take their token from ${variable}`,
      { hint: 'Rename one of them.', related: [{ message: 'The other one', at: credentials.get(other).at }] },
    );
  }
}
