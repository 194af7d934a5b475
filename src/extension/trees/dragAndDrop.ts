import * as vscode from 'vscode';
import { views } from '../ids.ts';
import type { Parts } from '../parts.ts';
import { notice } from '../text.ts';
import { type Grants, grantsOf } from './grants.ts';
import type { Node } from './tree.ts';

/** Not the types of the trees, under which VS Code hands over rows in a form of its own. */
const types = { agent: `application/vnd.${views.agents}`, workspace: `application/vnd.${views.workspaces}` } as const;
type DraggedKind = keyof typeof types;

function namesIn(text: string): string[] {
  try {
    const names: unknown = JSON.parse(text);
    return Array.isArray(names) ? names.filter((one): one is string => typeof one === 'string') : [];
  } catch {
    return [];
  }
}

/** An agent that is dropped on a workspace, or a workspace on an agent, is let in: after a question, by the same verb. */
export function dragAndDrop(parts: Parts, kind: DraggedKind): vscode.TreeDragAndDropController<Node> {
  const other = kind === 'agent' ? 'workspace' : 'agent';
  return {
    dragMimeTypes: [types[kind]],
    dropMimeTypes: [types[other]],
    handleDrag: (nodes, data) => {
      const names = nodes.filter((one) => one.kind === kind).map((one) => one.name);
      data.set(types[kind], new vscode.DataTransferItem(JSON.stringify(names)));
    },
    handleDrop: async (target, data) => {
      if (target?.kind !== kind) return;
      // VS Code puts an empty item of the type before the one that `handleDrag` made.
      const items = [...data].flatMap(([type, item]) => (type === types[other] ? [item] : []));
      const names = (await Promise.all(items.map(async (item) => namesIn(await item.asString())))).flat();
      const { agent, workspace } = parts.fleet.state.rows;
      await grant(
        parts,
        grantsOf(kind === 'agent' ? [target.name] : names, kind === 'agent' ? names : [target.name], agent, workspace),
      );
    },
  };
}

async function grant(parts: Parts, { grants, refused }: Grants): Promise<void> {
  if (refused.length > 0) void vscode.window.showWarningMessage(notice(refused.join('\n')));
  if (grants.length === 0) return;
  const lines = grants.map(({ agent, workspaces }) => `${agent} → ${workspaces.join(', ')}`);
  const detail = vscode.l10n.t('Its sessions can then read and change everything in there:\n{0}', lines.join('\n'));
  const yes = vscode.l10n.t('Grant');
  const question =
    grants.length === 1
      ? vscode.l10n.t("Let agent '{0}' into '{1}'?", grants[0]?.agent ?? '', grants[0]?.workspaces.join("', '") ?? '')
      : vscode.l10n.t('Let {0} agents in?', grants.length);
  const plan = vscode.l10n.t('Show plan');
  const options = { modal: true, detail: notice(detail) };
  const answer = await vscode.window.showWarningMessage(notice(question), options, yes, plan);
  if (answer !== yes && answer !== plan) return;
  for (const { agent, workspaces } of grants) {
    const values = { name: agent, workspaces };
    // Asked once is enough, unless the plan is wanted: the verb then asks with it.
    await parts.verbs.run('agent.workspace-grants.grant', values, { isQuiet: answer === yes });
  }
}
