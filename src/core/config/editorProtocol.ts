import type { TemplateKind } from './model.ts';

/** What the language server and an editor that knows it say to each other beyond the protocol. */

/** Commands that the server runs: each shows a document and returns it, so that any client can show it its own way. */
export const serverCommands = {
  /** `[uri, kind, name]`: a template after inheritance. */
  effective: 'agentworks.showEffective',
  /** `[uri]`: what the file as edited would change. */
  changes: 'agentworks.showChanges',
  /** `[]`: the entries that come with the program. */
  catalog: 'agentworks.showCatalog',
} as const;

export interface ShownDocument {
  uri: string;
  languageId: 'toml' | 'diff';
  text: string;
}

/** Documents that the server writes and nobody saves. */
export const virtualScheme = 'agentworks';

/** A client may offer this command of its own; its one argument is `TemplateUsers`. */
export const showUsersCommand = 'agentworks.showUsers';

/** Does the machine have what the text says? Not known of what was imported and while the text has errors. */
export type Freshness = 'current' | 'outdated' | 'unknown';

/** Who was made from a template. */
export interface TemplateUsers {
  /** The open file. */
  uri: string;
  kind: TemplateKind;
  template: string;
  users: { kind: TemplateKind; name: string; freshness: Freshness }[];
}
