import type { Cell, Column } from '../commands/output.ts';
import { counted } from '../salvage/text.ts';
import { sizeText } from '../text.ts';
import {
  type Change,
  type ChangeStatus,
  pathInWorkspace,
  type RepositoryChanges,
  type WorkspaceChanges,
} from './model.ts';

export const changeColumns: readonly Column[] = [
  { key: 'status', title: 'STATUS' },
  { key: 'path', title: 'FILE' },
  { key: 'lines', title: 'LINES', align: 'right' },
  { key: 'size', title: 'SIZE', align: 'right' },
];

const tones = {
  added: 'good',
  modified: 'normal',
  deleted: 'bad',
  renamed: 'normal',
  copied: 'normal',
  'type-changed': 'warning',
} as const satisfies Record<ChangeStatus, Cell['tone']>;

/** The path of a change, as it is now. */
export const pathOf = (change: Change): string => (change.after ?? change.before)?.path ?? '';

/** `new.ts`, `old.ts → new.ts`. */
function nameOf(repository: RepositoryChanges, { before, after }: Change): string {
  const [from, to] = [before?.path, after?.path].map((path) =>
    path === undefined ? undefined : pathInWorkspace(repository, path),
  );
  return from !== undefined && to !== undefined && from !== to ? `${from} → ${to}` : (to ?? from ?? '');
}

function linesOf({ lines, isBinary }: Change): string {
  if (isBinary) return 'binary';
  return lines === undefined ? '' : `+${lines.added} -${lines.removed}`;
}

export const changeRow = (repository: RepositoryChanges, change: Change): Record<string, Cell | string> => {
  const size = (change.after ?? change.before)?.size;
  return {
    status: { text: change.status, tone: tones[change.status] },
    path: nameOf(repository, change),
    lines: linesOf(change),
    size: size === undefined ? '' : sizeText(size),
  };
};

const short = (id: string): string => id.slice(0, 10);

/** `shop (work): 2 commits nowhere else, 5 changed files since 1a2b3c4d5e`. */
export function repositoryText(workspace: string, repository: RepositoryChanges): string {
  const { path, branch, ahead, total, base, head } = repository;
  const where = path === '.' ? workspace : `${workspace}/${path}`;
  const on = branch === '' ? (head === undefined ? '' : ` (${short(head)})`) : ` (${branch})`;
  const parts = [...counted(ahead, 'commit nowhere else', 'commits nowhere else'), ...counted(total, 'changed file')];
  const against = base === undefined ? 'nothing of it is on a remote' : `against ${short(base)}`;
  return parts.length === 0 ? `${where}${on}: no changes` : `${where}${on}: ${parts.join(', ')}, ${against}`;
}

/** What is not in the list, in sentences. */
export function remarks({ workspace, repositories, unread }: WorkspaceChanges): string[] {
  return [
    ...repositories.flatMap((one) => [
      ...(one.total > one.changes.length ? [`Shown: the first ${one.changes.length} of ${one.total} files.`] : []),
      ...(one.unreadable.length > 0
        ? [
            `The operator account may not read, so this is not compared: ${one.unreadable.slice(0, 5).join(', ')}${one.unreadable.length > 5 ? ' and more' : ''}`,
          ]
        : []),
    ]),
    ...unread.map((path) => `Git cannot read the repository ${path === '.' ? workspace : `${workspace}/${path}`}.`),
  ];
}
