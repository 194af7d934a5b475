import type { Pattern } from './types.ts';

export const linuxUser: Pattern = {
  matches: /^(?!root$|agt--|op--|ws--)[a-z_][a-z0-9_-]{0,31}$/,
  says: "a Linux user name other than root, of at most 32 lower-case letters, digits, '-' and '_', beginning with a letter or '_' and not with 'agt--', 'op--' or 'ws--'",
};

export const aliasPrefix: Pattern = {
  matches: /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/,
  says: "letters, digits, '.', '_' and '-', beginning with a letter or digit",
};

export const plainFileName: Pattern = {
  matches: /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/,
  says: "a simple file name: letters, digits, '.', '_' and '-', without a folder",
};

export const remoteFolder: Pattern = {
  matches: /^(?:\/[A-Za-z0-9._+@-]+)+$/,
  says: 'an absolute path on the VM without blanks, shell characters or a trailing slash',
};

export const environmentName: Pattern = {
  matches: /^[A-Za-z_][A-Za-z0-9_]*$/,
  says: "an environment variable name: letters, digits and '_', not beginning with a digit",
};

export const templateName: Pattern = {
  matches: /^[A-Za-z0-9][A-Za-z0-9._-]*$/,
  says: "letters, digits, '.', '_' and '-', beginning with a letter or digit",
};

export const credentialName: Pattern = {
  matches: /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
  says: "letters, digits, '_' and '-', since it names the variable GIT_CREDENTIALS_<NAME>",
};

/** Debian package names, with an optional `=version` or `/release`; apt's trailing `-` (remove) is not one. */
export const debianPackage: Pattern = {
  matches: /^[a-z0-9][a-z0-9+.-]*[a-z0-9+.](?::[a-z0-9]+)?(?:[=/][A-Za-z0-9.+:~-]+)?$/,
  says: 'a Debian package name',
};

export const snapName: Pattern = { matches: /^[a-z0-9][a-z0-9-]*$/, says: 'a snap package name' };

export const sha256: Pattern = { matches: /^[0-9a-fA-F]{64}$/, says: '64 hexadecimal digits' };

export const shellName: Pattern = {
  matches: /^\/?[A-Za-z0-9._+-]+(?:\/[A-Za-z0-9._+-]+)*$/,
  says: 'the name or the absolute path of a shell',
};
