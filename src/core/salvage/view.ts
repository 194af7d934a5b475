import type { Cell, Column, Section } from '../commands/output.ts';
import { sizeText } from '../text.ts';
import type { Salvage } from './folder.ts';
import { holdsWork, type Manifest, type TreeReport } from './model.ts';
import { counted, treeLines } from './text.ts';

export const listColumns: readonly Column[] = [
  { key: 'name', title: 'SALVAGE' },
  { key: 'of', title: 'OF' },
  { key: 'vm', title: 'VM' },
  { key: 'holds', title: 'HOLDS' },
  { key: 'size', title: 'SIZE', align: 'right' },
  { key: 'status', title: 'STATUS' },
];

const sum = (trees: readonly TreeReport[], of: (tree: TreeReport) => number): number =>
  trees.reduce((total, tree) => total + of(tree), 0);

const inRepositories =
  (key: 'changed' | 'untracked' | 'ahead' | 'stashes') =>
  (tree: TreeReport): number =>
    tree.repositories.reduce((total, one) => total + one[key], 0);

/** `3 commits, 2 changed files, 1 transcript`. */
export function holdsText({ trees, members }: Manifest): string {
  const sessions = new Set(members.filter((one) => one.kind === 'session').map((one) => one.name));
  const parts = [
    ...counted(sum(trees, inRepositories('ahead')), 'commit'),
    ...counted(sum(trees, inRepositories('stashes')), 'stash', 'stashes'),
    ...counted(sum(trees, inRepositories('changed')), 'changed file'),
    ...counted(sum(trees, inRepositories('untracked')) + sum(trees, (tree) => tree.plain + tree.ignored), 'other file'),
    ...counted(sessions.size, 'transcript'),
  ];
  return parts.join(', ') || 'files';
}

export const ofText = ({ kind, name }: Manifest): string => `${kind === 'vm' ? 'VM' : kind} ${name}`;

const statusCells = {
  complete: { text: 'complete', tone: 'good' },
  damaged: { text: 'damaged', tone: 'bad' },
  unfinished: { text: 'unfinished', tone: 'warning' },
} as const satisfies Record<Salvage['status'], Cell>;

export const listRow = (one: Salvage): Record<string, Cell | string> => ({
  name: one.folder,
  of: one.status === 'unfinished' ? '' : ofText(one.manifest),
  vm: one.status === 'unfinished' ? '' : one.manifest.vm.name,
  holds: one.status === 'unfinished' ? '' : holdsText(one.manifest),
  size: sizeText(one.bytes),
  status: statusCells[one.status],
});

/** A salvage as `--json` prints it; stable. */
export const salvageData = (one: Salvage): Record<string, unknown> => ({
  name: one.folder,
  status: one.status,
  path: one.path,
  bytes: one.bytes,
  ...(one.status === 'unfinished' ? {} : { manifest: one.manifest }),
});

/** What it holds and how to use it. */
export function showSections(one: Extract<Salvage, { manifest: Manifest }>): Section[] {
  const { manifest, path, folder } = one;
  return [
    {
      title: '',
      fields: [
        ['Of', ofText(manifest)],
        ['VM', manifest.vm.name],
        ['Saved', manifest.at],
        ['Before', manifest.verb.replaceAll('.', ' ')],
        ['Folder', path],
        ['Size', sizeText(one.bytes)],
        ['Status', statusCells[one.status]],
      ],
    },
    {
      title: 'What was found',
      lines: manifest.trees.filter(holdsWork).flatMap(treeLines),
      empty: '(transcripts only)',
    },
    {
      title: `Files (${manifest.members.length})`,
      lines: manifest.members.map((each) => `${each.file}  ${sizeText(each.bytes)}`),
      empty: '(none)',
    },
    {
      title: 'How to use it',
      lines: [
        `Into a folder on this machine: agentworks salvage restore ${folder} --to DIR`,
        `Into a workspace on a VM: agentworks salvage restore ${folder} --workspace NAME`,
        'By hand: a .bundle is a Git remote (git clone FILE.bundle), a .tar an archive (unpack it in an empty folder, not as root).',
      ],
    },
  ];
}
