import * as vscode from 'vscode';
import type { Engine } from '../../core/engine.ts';
import { type AppError, toAppError } from '../../core/errors.ts';
import type { FileFacts } from '../../core/review/files.ts';
import { notice } from '../text.ts';
import { fileText, foundText, linkText, mostShownBytes, submoduleText } from './sideText.ts';
import { nowParts, type Place, placeOf } from './uris.ts';

const { FileType } = vscode;

/** What is opened as it is: pictures and documents too. */
const mostOpenedBytes = 32 * 2 ** 20;
/** Versions that were committed never change; so many bytes of them are kept. */
const mostKeptBytes = 32 * 2 ** 20;

const typeOf = ({ kind }: Pick<FileFacts, 'kind'>): vscode.FileType =>
  ({ file: FileType.File, folder: FileType.Directory, link: FileType.SymbolicLink, other: FileType.Unknown })[kind];

const context = { signal: new AbortController().signal, report: () => undefined };

/**
 * Files of workspaces, read-only, over the engine's connection and as the workspace's operator account. Nothing of them
 * comes to this machine but what is looked at.
 */
export class WorkspaceFiles {
  readonly #engine: () => Promise<Engine>;
  readonly #kept = new Map<string, Uint8Array>();
  #keptBytes = 0;

  constructor(engine: () => Promise<Engine>) {
    this.#engine = engine;
  }

  dispose(): void {
    this.#kept.clear();
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const place = this.#placeOf(uri);
    const permissions = vscode.FilePermission.Readonly;
    if (place.kind === 'side') return { type: FileType.File, ctime: 0, mtime: 0, size: 0, permissions };
    const found = await this.#look(uri, place, -1);
    return { type: typeOf(found), ctime: 0, mtime: found.modifiedMs, size: found.size, permissions };
  }

  async readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    const place = this.#placeOf(uri);
    const found = await this.#look(uri, place, 0);
    if (found.kind !== 'folder') throw vscode.FileSystemError.FileNotADirectory(uri);
    // The editor joins names to paths; one that is shown in another form could not be found again.
    return found.entries
      .filter(({ name }) => nowParts(place.workspace, name).query === '')
      .map((one) => [one.name, typeOf(one)]);
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const place = this.#placeOf(uri);
    if (place.kind === 'side') return this.#side(uri, place);
    const found = await this.#look(uri, place, mostOpenedBytes);
    if (found.kind === 'folder') throw vscode.FileSystemError.FileIsADirectory(uri);
    if (found.kind === 'file' && found.bytes !== undefined) return found.bytes;
    return foundText(found);
  }

  async #side(uri: vscode.Uri, place: Extract<Place, { kind: 'side' }>): Promise<Uint8Array> {
    const { id, entry, workspace, path, repository } = place;
    if (entry === 'submodule') return submoduleText(id);
    if (id === undefined) return foundText(await this.#look(uri, place, mostShownBytes));
    const key = `${workspace} ${repository} ${id} ${entry}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return kept;
    const { readBlob } = await import('../../core/review/files.ts');
    const engine = await this.#engine();
    const request = { workspace, repository, id, path, mostBytes: mostShownBytes };
    const { size, bytes } = await readBlob(engine, request, context).catch((error) => this.#refuse(uri, error));
    const isLink = entry === 'link' && bytes !== undefined;
    const content = isLink ? linkText(Buffer.from(bytes).toString('utf8')) : fileText(size, bytes);
    this.#keep(key, content);
    return content;
  }

  #keep(key: string, content: Uint8Array): void {
    this.#kept.set(key, content);
    this.#keptBytes += content.length;
    for (const [oldest, { length }] of this.#kept) {
      if (this.#keptBytes <= mostKeptBytes) return;
      this.#kept.delete(oldest);
      this.#keptBytes -= length;
    }
  }

  async #look(uri: vscode.Uri, { workspace, path }: Pick<Place, 'workspace' | 'path'>, mostBytes: number) {
    const { lookAt } = await import('../../core/review/files.ts');
    const engine = await this.#engine();
    return lookAt(engine, { workspace, path, mostBytes }, context).catch((error) => this.#refuse(uri, error));
  }

  #placeOf(uri: vscode.Uri): Place {
    const place = placeOf(uri);
    if (place === undefined) throw vscode.FileSystemError.FileNotFound(uri);
    return place;
  }

  #refuse(uri: vscode.Uri, thrown: unknown): never {
    const error: AppError = toAppError(thrown);
    const text = notice([error.message, error.hint].filter((part) => part !== undefined).join(' '));
    if (error.code === 'not-found') throw vscode.FileSystemError.FileNotFound(uri);
    if (error.code === 'refused') throw vscode.FileSystemError.NoPermissions(text);
    throw vscode.FileSystemError.Unavailable(text);
  }
}
