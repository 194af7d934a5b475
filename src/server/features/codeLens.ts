import type { CodeLens, Command } from 'vscode-languageserver';
import {
  type Freshness,
  serverCommands,
  showUsersCommand,
  type TemplateUsers,
} from '../../core/config/editorProtocol.ts';
import { parentsOf, templateKinds, templateSections, templatesOf } from '../../core/config/inherit.ts';
import type { TemplateKind } from '../../core/config/model.ts';
import type { Client } from '../client.ts';
import type { Context } from '../context.ts';
import type { ConfigDocument } from '../document.ts';
import type { TemplateUser } from '../fleet.ts';
import { freshnessOf, reinitialized } from '../today.ts';
import { countOf } from './rename.ts';

type LensClient = Pick<Client, 'canExecuteCommands' | 'ownCommands'>;

interface LensData {
  uri: string;
  kind: TemplateKind;
  name: string;
}

/** Places only: who uses a template is asked when the lens comes into sight. */
export function codeLenses(document: ConfigDocument, client: LensClient): CodeLens[] {
  // A lens that nothing could run would be a line in the way.
  if (!client.canExecuteCommands) return [];
  const lenses: CodeLens[] = [];
  for (const kind of templateKinds) {
    for (const [name, section] of templatesOf(document.file, kind)) {
      const definition = document.symbols.definitionOf(templateSections[kind], name);
      const range = document.range(definition?.at ?? section.at);
      lenses.push({ range, data: { uri: document.uri, kind, name } satisfies LensData });
      if (parentsOf(section).length > 0) {
        const args = [document.uri, kind, name];
        lenses.push({
          range,
          command: { title: 'effective values', command: serverCommands.effective, arguments: args },
        });
      }
    }
  }
  return lenses;
}

export async function resolvedLens(
  lens: CodeLens,
  context: Pick<Context, 'documents' | 'fleet'> & { client: LensClient },
): Promise<CodeLens> {
  const data = lens.data as Partial<LensData> | undefined;
  const kind = templateKinds.find((each) => each === data?.kind);
  const document = data?.uri === undefined ? undefined : context.documents.get(data.uri);
  if (document === undefined || kind === undefined || data?.name === undefined) return lens;
  const all = await context.fleet.users(document.file.path);
  const users = all.filter((user) => user.kind === kind && user.template === data.name);
  const fresh = await Promise.all(
    users.map(async (user) => (reinitialized.some((each) => each === kind) ? freshnessOf(document, user) : 'current')),
  );
  const outdated = fresh.filter((each) => each === 'outdated').length;
  const title = usersTitle(kind, users.length, outdated);
  return { ...lens, command: usersCommand(title, document, kind, data.name, users, fresh, context.client) };
}

function usersTitle(kind: TemplateKind, count: number, outdated: number): string {
  if (count === 0) return `no ${countOf(kind, 1).slice(2)}`;
  const counted = countOf(kind, count);
  const users = kind === 'vm' ? `used by ${counted}` : counted;
  return outdated === 0 ? users : `${users} · ${outdated} outdated`;
}

function usersCommand(
  title: string,
  document: ConfigDocument,
  kind: TemplateKind,
  template: string,
  users: readonly TemplateUser[],
  fresh: readonly Freshness[],
  client: LensClient,
): Command {
  if (client.ownCommands.has(showUsersCommand)) {
    const shown = users.map((user, index) => ({ kind, name: user.name, freshness: fresh[index] ?? 'unknown' }));
    const argument: TemplateUsers = { uri: document.uri, kind, template, users: shown };
    return { title, command: showUsersCommand, arguments: [argument] };
  }
  // Of workspaces and sessions nothing can be outdated: what counts for the next one is all there is to see.
  return users.length > 0 && reinitialized.some((each) => each === kind)
    ? { title, command: serverCommands.changes, arguments: [document.uri] }
    : { title, command: serverCommands.effective, arguments: [document.uri, kind, template] };
}
