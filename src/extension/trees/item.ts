import * as vscode from 'vscode';
import type { Tone } from '../../core/commands/output.ts';
import { plural } from '../../core/text.ts';
import { label } from '../text.ts';
import { contextValueOf } from '../thing.ts';
import type { Row } from './model.ts';
import type { Node } from './tree.ts';

const colors = {
  normal: undefined,
  good: 'testing.iconPassed',
  warning: 'list.warningForeground',
  bad: 'list.errorForeground',
  muted: 'disabledForeground',
} as const satisfies Record<Tone, string | undefined>;

/** Rows have addresses only so that what is old can be greyed. */
export const rowScheme = 'agentworks-row';
export const rowPath = ({ kind, name }: Row): string => `/${kind}/${encodeURIComponent(name)}`;
export const rowUri = (row: Row): vscode.Uri => vscode.Uri.from({ scheme: rowScheme, path: rowPath(row) });

/** A theme of file icons would draw `folder` in its own way, or not at all. */
const special: Readonly<Record<string, string>> = { loading: 'loading~spin', folder: 'root-folder' };

function iconOf({ view }: Row): vscode.ThemeIcon {
  const color = colors[view.tone];
  return new vscode.ThemeIcon(
    special[view.icon] ?? view.icon,
    color === undefined ? undefined : new vscode.ThemeColor(color),
  );
}

/** `3 sessions, 1 needs a look`. */
function insideText(children: readonly Node[], looks: number): string {
  const count = plural(children.length, children[0]?.kind ?? 'thing');
  return looks === 0 ? count : `${count}, ${looks} ${looks === 1 ? 'needs' : 'need'} a look`;
}

const detailOf = ({ row, children, looks }: Node): string =>
  children === undefined
    ? row.view.detail
    : `${insideText(children, looks)}${row.stale === undefined ? '' : ' · no answer'}`;

/** Below its workspace or VM a row need not say its name again. */
function descriptionOf(node: Node): string {
  const detail = detailOf(node);
  const above = `${node.parent?.name} · `;
  return node.parent !== undefined && detail.startsWith(above) ? detail.slice(above.length) : detail;
}

/** Everything that is drawn at once. The tooltip is made when somebody points at the row. */
export function treeItem(node: Node): vscode.TreeItem {
  const { row, children } = node;
  const { Expanded, None } = vscode.TreeItemCollapsibleState;
  const name = label(row.view.label);
  const item = new vscode.TreeItem(name, children === undefined ? None : Expanded);
  item.id = row.id;
  item.description = label(descriptionOf(node));
  item.iconPath = iconOf(row);
  item.resourceUri = rowUri(row);
  item.contextValue = contextValueOf(row.kind, row.view, children === undefined ? [] : ['group']);
  const spoken = [row.kind === 'vm' ? 'VM' : row.kind, name, ...detailOf(node).split(' · ')];
  if (row.look !== undefined) spoken.push('needs a look');
  item.accessibilityInformation = { label: label(spoken.filter((one) => one !== '').join(', ')) };
  return item;
}
