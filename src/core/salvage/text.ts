import { sizeText, stripControls } from '../text.ts';
import { type Findings, holdsWork, type LeftOut, type RepositoryReport, type TreeReport } from './model.ts';

export const counted = (count: number, one: string, many = `${one}s`): string[] =>
  count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];

/** Text of a machine in a line of ours. */
const shown = (text: string): string => {
  const plain = stripControls(text.replaceAll('\n', '?'));
  return plain.length > 80 ? `${plain.slice(0, 79)}…` : plain;
};

const reasons: Record<string, string> = {
  ignored: 'ignored by Git',
  cache: 'made again by a command',
  limit: 'beyond the limit',
  special: 'no file',
  secret: 'your own token',
  depth: 'nested too deeply',
};

const leftOutText = (one: LeftOut): string =>
  `${shown(one.path)} (${one.bytes > 0 ? `${sizeText(one.bytes)}, ` : ''}${reasons[one.why] ?? 'left out'})`;

function repositoryText(one: RepositoryReport, place: string): string {
  const where = one.path === '.' ? place : `${place}/${shown(one.path)}`;
  if (one.status === 'raw') return `${where}: Git cannot read this repository; its folder is saved as it is`;
  const parts = [
    ...counted(one.changed, 'changed file'),
    ...counted(one.untracked, 'untracked file'),
    ...counted(one.ahead, 'commit nowhere else', 'commits nowhere else'),
    ...counted(one.stashes, 'stash', 'stashes'),
  ];
  return parts.length === 0 ? '' : `${where}${one.branch === '' ? '' : ` (${shown(one.branch)})`}: ${parts.join(', ')}`;
}

export const few = (items: readonly string[], count = items.length): string =>
  items.length <= 5 && count <= items.length
    ? items.join(', ')
    : `${items.slice(0, 5).join(', ')} and ${count - Math.min(5, items.length)} more`;

/** An agent makes as many as it likes; the question must still be read. */
const mostRepositories = 20;

/** What one tree holds that would be lost. */
export function treeLines(tree: TreeReport): string[] {
  const place = tree.kind === 'home' ? `Home of ${tree.name}` : `Workspace ${tree.name}`;
  if (!tree.exists) return [];
  const other = [
    ...counted(tree.plain, 'file in no repository', 'files in no repository'),
    ...counted(tree.ignored, 'small file that Git ignores', 'small files that Git ignores'),
  ];
  const processes = tree.processes.map((one) => shown(one.command));
  const unreadable = tree.unreadable.map((one) => `${shown(one.path)} (${shown(one.owner)})`);
  const repositories = tree.repositories.map((one) => repositoryText(one, place)).filter((line) => line !== '');
  const more = repositories.length - mostRepositories;
  return [
    ...repositories.slice(0, mostRepositories),
    ...(more > 0 ? [`${place}: ${counted(more, 'more repository', 'more repositories')[0]}`] : []),
    ...(other.length > 0 ? [`${place}: ${other.join(', ')}`] : []),
    ...(processes.length > 0
      ? [`${place}: ${counted(processes.length, 'live process', 'live processes')[0]}: ${few([...new Set(processes)])}`]
      : []),
    ...(tree.leftOut.length > 0 ? [`${place}: not saved: ${few(tree.leftOut.map(leftOutText))}`] : []),
    ...(unreadable.length > 0 ? [`${place}: nobody can read: ${few(unreadable, tree.unreadableCount)}`] : []),
  ];
}

/** For the question. */
export function findingLines(findings: Findings): string[] {
  if (findings.status === 'unknown')
    return [`Not known whether it holds work that is nowhere else, and none is saved: ${findings.reason}`];
  const lines = findings.trees.flatMap(treeLines);
  const bytes = expectedBytes(findings);
  const isWork = findings.trees.some(holdsWork);
  return [
    ...lines,
    ...(isWork
      ? [
          `It is saved on this machine first (files: ${sizeText(bytes.files)}${bytes.history > 0 ? `; history: at most ${sizeText(bytes.history)}` : ''}).`,
        ]
      : []),
    ...(!isWork && findings.trees.length > 0 ? ['No work that is nowhere else was found.'] : []),
  ];
}

export function expectedBytes(findings: Findings): { files: number; history: number } {
  const trees = findings.status === 'known' ? findings.trees : [];
  const repositories = trees.flatMap((tree) => tree.repositories);
  const bundled = repositories.filter((one) => one.changed + one.untracked + one.ahead + one.stashes > 0);
  return {
    files: trees.reduce((sum, tree) => sum + tree.bytes, 0),
    history: bundled.reduce((sum, one) => sum + one.objectBytes, 0),
  };
}
