import type { Cell, Column, Tone } from '../commands/output.ts';
import type { Session } from '../session/model.ts';
import type { ThingView } from '../view.ts';
import type { RowStatus, Workspace } from './model.ts';

/** What a workspace's state decides about; `session`: start one there, `open`: in an editor. */
export const workspaceVerbs = ['create', 'shell', 'delete', 'session', 'open'] as const;
export type WorkspaceVerb = (typeof workspaceVerbs)[number];

export type WorkspaceView = ThingView<WorkspaceVerb>;

const states = {
  creating: { text: 'not finished', tone: 'warning' },
  ready: { text: '', tone: 'normal' },
  deleting: { text: 'being deleted', tone: 'warning' },
} as const satisfies Record<RowStatus, { text: string; tone: Tone }>;

function verbsOf({ status, type }: Workspace): WorkspaceVerb[] {
  if (status === 'creating') return ['create', 'delete'];
  if (status === 'deleting') return ['delete'];
  return ['open', 'shell', ...(type === 'vm' ? (['session'] as const) : []), 'delete'];
}

/** Rows of the reference may hold names that are no templates. */
export const templateText = (workspace: Workspace): string =>
  workspace.template === '(built-in)' || workspace.template === '' ? 'default' : workspace.template;

export const placeText = (workspace: Workspace): string => workspace.vmName ?? '-';

export function workspaceView(workspace: Workspace, sessions: readonly Session[]): WorkspaceView {
  const { name, path, status, repo } = workspace;
  const state = states[status];
  const place = workspace.type === 'vm' ? workspace.vmName : 'local';
  return {
    label: name,
    detail: [place, state.text].filter((one) => one !== '').join(' · '),
    icon: workspace.type === 'vm' ? 'folder' : 'device-desktop',
    tone: state.tone,
    tooltip: [
      `${name}: ${path}${workspace.type === 'vm' ? ` on VM ${workspace.vmName}` : ''}`,
      `Template ${templateText(workspace)}${repo === undefined ? '' : `, from ${repo}`}`,
      `Sessions: ${sessions.map((one) => one.name).join(', ') || '(none)'}`,
      `Created ${workspace.createdAt}${workspace.lastSeenAt === undefined ? '' : `, last seen ${workspace.lastSeenAt}`}`,
    ].join('\n'),
    tags: [workspace.type, status],
    verbs: verbsOf(workspace),
  };
}

export const workspaceColumns: readonly Column[] = [
  { key: 'name', title: 'NAME' },
  { key: 'type', title: 'TYPE' },
  { key: 'vm', title: 'VM' },
  { key: 'template', title: 'TEMPLATE' },
  { key: 'created', title: 'CREATED' },
];

export const workspaceRow = (workspace: Workspace): Record<string, Cell | string> => {
  const state = states[workspace.status];
  return {
    name: { text: state.text === '' ? workspace.name : `${workspace.name} (${state.text})`, tone: state.tone },
    type: workspace.type,
    vm: placeText(workspace),
    template: templateText(workspace),
    created: workspace.createdAt,
  };
};

/** Stable form for `--json`. */
export const workspaceData = (workspace: Workspace): Record<string, unknown> => ({
  name: workspace.name,
  type: workspace.type,
  vm: workspace.vmName ?? null,
  template: workspace.template,
  path: workspace.path,
  repo: workspace.repo ?? null,
  status: workspace.status,
  createdAt: workspace.createdAt,
  lastSeenAt: workspace.lastSeenAt ?? null,
});
