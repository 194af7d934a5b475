import { posix } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DocumentLink } from 'vscode-languageserver';
import { absolute } from '../../core/config/bind.ts';
import { textsOf } from '../../core/config/check/walk.ts';
import type { Refers } from '../../core/config/schema/types.ts';
import { parseSource, type Source } from '../../core/config/sources.ts';
import { innerSpan } from '../../core/config/toml/where.ts';
import type { Files } from '../../core/ports/files.ts';
import type { Client } from '../client.ts';
import type { ConfigDocument } from '../document.ts';

type LinkClient = Pick<Client, 'hasLinkTooltips'>;

/** Addresses, and files of this machine that exist. Nothing is opened, and no address is asked. */
export async function documentLinks(
  document: ConfigDocument,
  files: Pick<Files, 'info'>,
  client: LinkClient,
): Promise<DocumentLink[]> {
  const links: DocumentLink[] = [];
  for (const { bound } of document.file.keys) {
    const { refers } = bound.schema as { refers?: Refers };
    if (refers === undefined || !['url', 'source', 'local-path'].includes(refers.to)) continue;
    for (const { text, at } of textsOf(bound)) {
      const target = await targetOf(document, refers, text, files);
      if (target === undefined) continue;
      const tooltip = client.hasLinkTooltips ? { tooltip: target.tooltip } : {};
      links.push({ range: document.range(innerSpan(document.text, at)), target: target.uri, ...tooltip });
    }
  }
  return links;
}

interface Target {
  uri: string;
  tooltip: string;
}

async function targetOf(
  { file }: ConfigDocument,
  refers: Refers,
  text: string,
  files: Pick<Files, 'info'>,
): Promise<Target | undefined> {
  if (refers.to === 'url') return refers.isGit === true ? webTarget(repository(text)) : webTarget(httpUrl(text));
  let path = text;
  if (refers.to === 'source') {
    const source = sourceOf(text, refers.defaultFile);
    if (source === undefined) return undefined;
    if (source.kind === 'git') return webTarget(webAddress(source));
    path = absolute(source.path, file.base);
  }
  // `official`, `build`, `latest`: words that are no paths stand in some keys.
  if (!path.startsWith('/') && !/^[A-Za-z]:[\\/]/.test(path)) return undefined;
  const isFile = (await files.info(path).catch(() => undefined))?.kind === 'file';
  return isFile ? { uri: pathToFileURL(path).href, tooltip: 'Open the file' } : undefined;
}

const webTarget = (uri: string | undefined): Target | undefined =>
  uri === undefined ? undefined : { uri, tooltip: 'Open in the browser' };

function sourceOf(text: string, defaultFile: string | undefined): Source | undefined {
  try {
    return parseSource(text, { defaultFile });
  } catch {
    // What is wrong with it is a problem of its own.
    return undefined;
  }
}

/** An address that a browser may be given: no credentials, no other scheme. */
function httpUrl(text: string): string | undefined {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.username === '' && url.password === '' ? url.href : undefined;
}

const repository = (url: string): string | undefined =>
  webAddress({ kind: 'git', url, subpath: undefined, ref: undefined });

/** Where these services show a folder or file of a branch, tag or commit. */
const treePaths: Record<string, string> = { 'github.com': 'tree', 'gitlab.com': '-/tree' };

/** The page of a repository. Of other services nobody can know whether and where they have one. */
export function webAddress({ url, subpath, ref }: Extract<Source, { kind: 'git' }>): string | undefined {
  const [, host = '', path = ''] = /^(?:https:\/\/|git@|ssh:\/\/git@)([A-Za-z0-9.-]+)[/:](.+)$/.exec(url) ?? [];
  const tree = Object.hasOwn(treePaths, host.toLowerCase()) ? treePaths[host.toLowerCase()] : undefined;
  const name = path.replace(/\/$/, '').replace(/\.git$/, '');
  if (tree === undefined || !/^[\w.-]+(?:\/[\w.-]+)+$/.test(name) || posix.normalize(name) !== name) return undefined;
  const page = `https://${host.toLowerCase()}/${name}`;
  if (ref === undefined && subpath === undefined) return page;
  const parts = [ref ?? 'HEAD', ...(subpath === undefined ? [] : [subpath])].flatMap((each) => each.split('/'));
  return `${page}/${tree}/${parts.map(encodeURIComponent).join('/')}`;
}
