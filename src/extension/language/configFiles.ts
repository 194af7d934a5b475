import { join } from 'node:path';

/** The language of config.toml, and of what the language server writes about it. */
export const configLanguage = 'agentworks-config';

/** Where `~/.config/agentworks/config.toml` and copies of it that keep the folder's name are. */
export const configPattern = '**/agentworks/config.toml';

/** `$AGENTWORKS_HOME` may have any name, so its file is known by its path. */
export const configAt = (home: string | undefined): string | undefined =>
  home === undefined || home === '' ? undefined : join(home, 'config.toml');

export interface OpenFile {
  scheme: string;
  fsPath: string;
  languageId: string;
}

/** Is this a file that the language server is for? `own`: one that has another name than the pattern says. */
export const isConfigFile = ({ scheme, fsPath, languageId }: OpenFile, own: string | undefined): boolean =>
  scheme === 'file' &&
  (languageId === configLanguage || fsPath === own || /[\\/]agentworks[\\/]config\.toml$/.test(fsPath));

/**
 * The same for the client. By language and by path: who has given all `.toml` files the language of another extension
 * keeps that one's features and gets ours beside them.
 */
export const configSelector = (own: string | undefined): { scheme: 'file'; language?: string; pattern?: string }[] => [
  { scheme: 'file', language: configLanguage },
  { scheme: 'file', pattern: configPattern },
  ...(own === undefined ? [] : [{ scheme: 'file' as const, pattern: escapeGlob(own.replaceAll('\\', '/')) }]),
];

const escapeGlob = (path: string): string => path.replace(/[*?[\]{}]/g, '[$&]');
