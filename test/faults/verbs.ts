import type { World } from './world.ts';

/** A claim of ours about one thing: what its row says, against what the machine has. */
export interface Thing {
  kind: 'agent' | 'workspace' | 'session' | 'vm';
  name: string;
}

/** A verb under fire. The world holds VM `box`, workspace `base` and agent `keeper` before and after. */
export interface Verb {
  id: string;
  /** Commands that make what the verb needs. */
  prepare: string[][];
  argv: string[];
  /** The things that it works on. */
  things: Thing[];
  /** Ends what may be left, in this order; a thing that is not there any more is fine. */
  remove: string[][];
  /** The command that goes on, where it is not the same one. */
  again?: string[];
  /** After the command was run to its end: checked on the machine, as root. `cutShort`: steps that began and never ended. */
  isDone?: (world: World, cutShort: number) => Promise<string[]>;
  /** It takes something away: running it again when it is done says that the thing is not there. */
  isRemoval?: boolean;
}

const agent = (name: string): Thing => ({ kind: 'agent', name });
const workspace = (name: string): Thing => ({ kind: 'workspace', name });
const session = (name: string): Thing => ({ kind: 'session', name });

const make = {
  agent: ['agent', 'create', '--name', 'ann', '--vm', 'box', '--yes'],
  workspace: ['workspace', 'create', '--name', 'web', '--vm', 'box', '--yes'],
  session: ['session', 'create', '--name', 'fix', '--workspace', 'base', '--agent', 'keeper', '--yes'],
  newWorkspace: [
    ...['session', 'create', '--name', 'fix', '--new-workspace', '--workspace-name', 'web', '--vm', 'box'],
    ...['--agent', 'keeper', '--yes'],
  ],
  grant: ['agent', 'workspace-grants', 'grant', 'ann', 'base', '--yes'],
};
const remove = {
  agent: ['agent', 'delete', 'ann', '--force', '--yes'],
  workspace: ['workspace', 'delete', 'web', '--force', '--yes'],
  session: ['session', 'delete', 'fix', '--force', '--yes'],
};

const lines = async (world: World, script: string): Promise<string> =>
  (await world.host.root(`cd /; ${script}`, { check: false })).stdout.trim();

async function isOneServer(world: World): Promise<string[]> {
  const found = await lines(world, "pgrep -u agt--keeper -x 'tmux: server' | wc -l");
  if (found === '1') return [];
  // A machine that started again after the verb had ended well has none, and the list says so.
  const [listed] = (await world.ok('session', 'list')) as { status: string }[];
  return found === '0' && listed?.status === 'stopped' ? [] : [`${found} tmux servers run`];
}

/** One that was cut short may have done its work, and is run again. */
async function isInstalledOnce(world: World, cutShort: number): Promise<string[]> {
  const found = await lines(world, 'wc -l </home/agt--ann/installs');
  return Number(found) >= 1 && Number(found) <= 1 + cutShort
    ? []
    : [`the install command has run ${found || 'not even once, not'} times`];
}

async function hasOwnUid(world: World): Promise<string[]> {
  const listed = (await world.run('agent', 'describe', 'ann')).stdout;
  const uid = await lines(world, 'id -u agt--ann');
  return new RegExp(`"uid": ?${uid}\\b`).test(listed) ? [] : [`uid ${uid} is not on record`];
}

const members = async (world: World): Promise<boolean> =>
  (await lines(world, 'id -nG agt--ann')).split(' ').includes('ws--base');

export const thingVerbs = (source: string): Verb[] => [
  {
    id: 'agent create',
    prepare: [],
    argv: make.agent,
    things: [agent('ann')],
    remove: [remove.agent],
    isDone: async (world, cutShort) => [...(await isInstalledOnce(world, cutShort)), ...(await hasOwnUid(world))],
  },
  {
    id: 'agent reinit',
    prepare: [make.agent],
    argv: ['agent', 'reinit', 'ann', '--yes'],
    things: [agent('ann')],
    remove: [remove.agent],
    isDone: isInstalledOnce,
  },
  {
    id: 'agent delete',
    prepare: [make.agent],
    argv: remove.agent,
    things: [agent('ann')],
    remove: [remove.agent],
    isRemoval: true,
  },
  { id: 'workspace create', prepare: [], argv: make.workspace, things: [workspace('web')], remove: [remove.workspace] },
  {
    id: 'workspace create from a repository',
    prepare: [],
    argv: [...make.workspace, '--repo', source],
    things: [workspace('web')],
    remove: [remove.workspace],
    isDone: async (world) =>
      (await lines(world, 'cat /opt/agentworks/workspaces/web/file')) === 'content'
        ? []
        : ['the repository is not there'],
  },
  {
    id: 'workspace delete',
    prepare: [make.workspace],
    argv: remove.workspace,
    things: [workspace('web')],
    remove: [remove.workspace],
    isRemoval: true,
  },
  {
    id: 'session create',
    prepare: [],
    argv: make.session,
    things: [session('fix')],
    remove: [remove.session],
    isDone: isOneServer,
  },
  {
    id: 'session create with a new workspace',
    prepare: [],
    argv: make.newWorkspace,
    things: [session('fix'), workspace('web')],
    remove: [remove.session, remove.workspace],
    isDone: isOneServer,
  },
  {
    id: 'session restart',
    prepare: [make.session],
    argv: ['session', 'restart', 'fix', '--yes'],
    things: [session('fix')],
    remove: [remove.session],
    isDone: isOneServer,
  },
  {
    id: 'session delete',
    prepare: [make.session],
    argv: remove.session,
    things: [session('fix')],
    remove: [remove.session],
    isRemoval: true,
  },
  {
    id: 'grant',
    prepare: [make.agent],
    argv: make.grant,
    things: [agent('ann')],
    remove: [remove.agent],
    isDone: async (world) => ((await members(world)) ? [] : ['the group is not there']),
  },
  {
    id: 'deny',
    prepare: [make.agent, make.grant],
    argv: ['agent', 'workspace-grants', 'deny', 'ann', 'base', '--yes'],
    things: [agent('ann')],
    remove: [remove.agent],
    isDone: async (world) => ((await members(world)) ? ['the group is still there'] : []),
  },
];
