import type { Range, TextEdit, WorkspaceEdit } from 'vscode-languageserver';
import { builtInFile } from '../../core/config/catalog/catalog.ts';
import { credentialVariable } from '../../core/config/check/names.ts';
import { defaultTemplate } from '../../core/config/inherit.ts';
import type { TemplateKind } from '../../core/config/model.ts';
import { keyPath } from '../../core/config/problems.ts';
import { configSchema } from '../../core/config/schema/index.ts';
import type { Occurrence } from '../../core/config/symbols.ts';
import { tomlKey } from '../../core/config/tomlText.ts';
import type { Client } from '../client.ts';
import type { ConfigDocument } from '../document.ts';
import type { Fleet, TemplateUser } from '../fleet.ts';
import { LSPErrorCodes, ResponseError } from '../protocol.ts';
import { templateKindOf } from './hover.ts';

const refused = (reason: string): ResponseError<void> => new ResponseError(LSPErrorCodes.RequestFailed, reason);

/** The name that would be renamed; throws the reason where it cannot be. */
export async function prepareRename(
  document: ConfigDocument,
  offset: number,
  fleet: Pick<Fleet, 'users'>,
): Promise<{ range: Range; placeholder: string } | null> {
  const here = document.symbols.at(offset);
  if (here === undefined) return null;
  await mayRename(document, here, fleet);
  return { range: document.range(here.at), placeholder: here.name };
}

/** The name in its header and wherever it is referred to; throws the reason where that cannot be. */
export async function rename(
  document: ConfigDocument,
  offset: number,
  newName: string,
  { fleet, client }: { fleet: Pick<Fleet, 'users'>; client: Pick<Client, 'hasDocumentChanges'> },
): Promise<WorkspaceEdit | null> {
  const here = document.symbols.at(offset);
  if (here === undefined) return null;
  await mayRename(document, here, fleet);
  if (newName === here.name) return { changes: {} };
  checkNewName(document, here, newName);
  const edits = document.symbols.of(here.collection, here.name).map((occurrence): TextEdit => {
    const { at, role } = occurrence;
    const isKey = role === 'definition' || role === 'mention';
    const isQuoted = ['"', "'"].includes(document.text[at.start - 1] ?? '');
    return { range: document.range(at), newText: isKey && !isQuoted ? tomlKey(newName) : newName };
  });
  return client.hasDocumentChanges
    ? { documentChanges: [{ textDocument: { uri: document.uri, version: document.version }, edits }] }
    : { changes: { [document.uri]: edits } };
}

async function mayRename(
  document: ConfigDocument,
  { collection, name }: Occurrence,
  fleet: Pick<Fleet, 'users'>,
): Promise<void> {
  const kind = templateKindOf(collection);
  if (kind !== undefined && name === defaultTemplate) {
    throw refused(`'${defaultTemplate}' has its meaning by its name: it is used where no other template is named.`);
  }
  const existence = document.symbols.existence(collection, name);
  if (existence === 'built-in') throw refused(`${keyPath([collection, name])} comes with the program.`);
  if (existence === 'missing') throw refused(`There is no ${keyPath([collection, name])} to rename.`);
  if (builtInFile().collections.get(collection)?.has(name) === true) {
    throw refused(`${keyPath([collection, name])} replaces the built-in entry by its name.`);
  }
  if (kind === undefined) return;
  const users = (await usersOrReason(document, fleet)).filter((user) => user.kind === kind && user.template === name);
  if (users.length > 0) throw refused(inUse(kind, name, users));
}

/** Without the state nobody knows who would lose the template, so nothing is renamed. */
async function usersOrReason(document: ConfigDocument, fleet: Pick<Fleet, 'users'>): Promise<readonly TemplateUser[]> {
  try {
    return await fleet.users(document.file.path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw refused(`Whether a live machine uses the name is not known: ${why}`);
  }
}

const kindNames: Record<TemplateKind, [one: string, many: string]> = {
  vm: ['VM', 'VMs'],
  agent: ['agent', 'agents'],
  workspace: ['workspace', 'workspaces'],
  session: ['session', 'sessions'],
};

/** `3 VMs`, `1 agent`. */
export const countOf = (kind: TemplateKind, count: number): string =>
  `${count} ${kindNames[kind][count === 1 ? 0 : 1]}`;

const mostNamed = 5;

function inUse(kind: TemplateKind, name: string, users: readonly TemplateUser[]): string {
  const named = users.slice(0, mostNamed).map((user) => user.name);
  const more = users.length > mostNamed ? ` and ${users.length - mostNamed} more` : '';
  const uses = users.length === 1 ? 'uses' : 'use';
  return `${countOf(kind, users.length)} ${uses} '${name}' (${named.join(', ')}${more}) and would lose it. Copy the template under the new name instead.`;
}

function checkNewName(document: ConfigDocument, { collection, name }: Occurrence, newName: string): void {
  const schema = configSchema.children[collection];
  if (schema?.kind === 'collection' && (!schema.names.matches.test(newName) || newName.includes('\n'))) {
    throw refused(`A name here has ${schema.names.says}.`);
  }
  const existence = document.symbols.existence(collection, newName);
  if (existence === 'own') throw refused(`${keyPath([collection, newName])} exists already.`);
  if (existence === 'built-in') {
    throw refused(`${keyPath([collection, newName])} comes with the program; an entry of that name would replace it.`);
  }
  if (collection !== 'git_credentials') return;
  const variable = credentialVariable(newName);
  const others = document.file.collections.get(collection)?.keys() ?? [];
  const clash = [...others].find((other) => other !== name && credentialVariable(other) === variable);
  if (clash !== undefined) throw refused(`'${clash}' takes its token from ${variable} already.`);
}
