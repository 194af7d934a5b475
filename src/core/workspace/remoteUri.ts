const scheme = 'vscode-remote://ssh-remote+';

/** What every Remote-SSH extension answers for: a host of the operator's SSH configuration. */
export const remoteAuthority = (alias: string): string => `ssh-remote+${encodeURIComponent(alias)}`;

/** A folder on a machine, as VS Code writes it. */
export const remoteUri = (alias: string, path: string): string =>
  `vscode-remote://${remoteAuthority(alias)}${path.split('/').map(encodeURIComponent).join('/')}`;

/** Alias and path of such a folder; undefined for any other address. */
export function parseRemoteUri(uri: string): { alias: string; path: string } | undefined {
  if (!uri.startsWith(scheme)) return undefined;
  const slash = uri.indexOf('/', scheme.length);
  if (slash < 0) return undefined;
  try {
    return {
      alias: decodeURIComponent(uri.slice(scheme.length, slash)),
      path: decodeURIComponent(uri.slice(slash)),
    };
  } catch {
    return undefined;
  }
}
