import { virtualScheme } from '../../core/config/editorProtocol.ts';
import { templateKinds } from '../../core/config/inherit.ts';
import type { TemplateKind } from '../../core/config/model.ts';

export type VirtualDocument =
  /** The entries that come with the program. */
  | { is: 'catalog' }
  /** A template of an open file after inheritance. */
  | { is: 'effective'; source: string; kind: TemplateKind; name: string }
  /** What an open file as edited would change. */
  | { is: 'changes'; source: string };

export const catalogUri = `${virtualScheme}:///catalog.toml`;

/**
 * The path ends as an editor wants it to know the language; the open file is the query. Three slashes, since Neovim
 * takes one as a relative path; VS Code writes one, and both are understood.
 */
export function virtualUri(document: VirtualDocument): string {
  switch (document.is) {
    case 'catalog':
      return catalogUri;
    case 'effective': {
      const name = encodeURIComponent(document.name);
      return `${virtualScheme}:///effective/${document.kind}/${name}.toml?${encodeURIComponent(document.source)}`;
    }
    case 'changes':
      return `${virtualScheme}:///changes.diff?${encodeURIComponent(document.source)}`;
  }
}

/** Undefined for what is none of ours. Clients may escape more or less than we did. */
export function parseVirtualUri(uri: string): VirtualDocument | undefined {
  const [, path = '', query = ''] = /^agentworks:\/*([^?#]*)(?:\?([^#]*))?$/.exec(uri) ?? [];
  try {
    const source = decodeURIComponent(query);
    const parts = path.split('/').map(decodeURIComponent);
    const [first, second, third = ''] = parts;
    if (first === 'catalog.toml' && parts.length === 1) return { is: 'catalog' };
    if (first === 'changes.diff' && parts.length === 1) return { is: 'changes', source };
    const kind = templateKinds.find((each) => each === second);
    if (first !== 'effective' || kind === undefined || !third.endsWith('.toml')) return undefined;
    return { is: 'effective', source, kind, name: third.slice(0, -'.toml'.length) };
  } catch {
    return undefined;
  }
}
