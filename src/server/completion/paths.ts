import { dirname } from 'node:path';
import type { Refers } from '../../core/config/schema/types.ts';
import { expandHome, type Files } from '../../core/ports/files.ts';
import { CompletionItemKind } from '../protocol.ts';
import type { Suggestion } from './values.ts';

/** Names of one folder that are looked at; a folder with more shows the first. */
const mostNames = 200;

/** A path that does not depend on the folder a command is run from. */
export const looksLikePath = (text: string): boolean => /^(?:file::)?(?:~\/|\/)/.test(text);

/** What stands on this machine where the path that is being typed leads. */
export async function localPaths(
  typed: string,
  files: Pick<Files, 'home' | 'list' | 'info'>,
  refers: Extract<Refers, { to: 'local-path' | 'source' }>,
): Promise<Suggestion[]> {
  if (!looksLikePath(typed)) {
    return ['~/', '/'].map((label) => ({ label, kind: CompletionItemKind.Folder, rank: 3 }));
  }
  const mark = typed.startsWith('file::') ? 'file::' : '';
  const written = typed.slice(mark.length);
  const folder = written.slice(0, written.lastIndexOf('/') + 1);
  const start = written.slice(folder.length);
  const place = expandHome(folder, files.home);
  const all = await files.list(place.length > 1 ? dirname(`${place}x`) : place).catch(() => []);
  const names = all
    .filter((name) => name.startsWith(start) && (start !== '' || !name.startsWith('.') || refers.to === 'local-path'))
    .filter((name) => !/[\u0000-\u001f\u007f-\u009f/\\]/.test(name))
    .sort()
    .slice(0, mostNames);
  const wantsKey = refers.to === 'local-path' ? refers.holds : undefined;
  return Promise.all(
    names.map(async (name): Promise<Suggestion> => {
      const info = await files.info(`${place}${name}`).catch(() => undefined);
      const isFolder = info?.kind === 'directory';
      const isPublic = name.endsWith('.pub');
      const fits = wantsKey === undefined || isFolder || (wantsKey === 'public-key') === isPublic;
      return {
        label: `${mark}${folder}${name}${isFolder ? '/' : ''}`,
        kind: isFolder ? CompletionItemKind.Folder : CompletionItemKind.File,
        rank: fits ? 1 : 6,
      };
    }),
  );
}
