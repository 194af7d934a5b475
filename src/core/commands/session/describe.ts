import type { Command } from '../command.ts';
import { nameArgument, required } from './params.ts';

export const sessionDescribe: Command = {
  id: 'session.describe',
  summary: 'Show one session',
  params: [nameArgument],
  needs: ['state'],
  effect: 'read',
  async run(engine, params, io) {
    const [{ requireLocated }, { observe }, view] = await Promise.all([
      import('../../session/lookup.ts'),
      import('../../session/observe.ts'),
      import('../../session/view.ts'),
    ]);
    const located = await requireLocated(engine, required(params, 'name'));
    const { session, workspace, vm } = located;
    const [observed] = await observe(engine, [located], io);
    const state = observed?.state;
    const running = state?.status === 'running' ? state : undefined;
    const reason = state?.status === 'broken' || state?.status === 'unknown' ? ` – ${state.reason}` : '';
    const status = view.statusCell(state);
    const cause = view.causeText(session, state);
    return {
      type: 'record',
      title: session.name,
      sections: [
        {
          title: 'Session',
          fields: [
            ['Name', session.name],
            ['Workspace', session.workspaceName],
            ['Path', workspace.path],
            ['VM', vm.name],
            ['Template', session.template],
            ['Mode', view.modeText(session)],
            ['Account', session.account],
            ['Status', { ...status, text: `${status.text}${running ? ` (PID ${running.pid})` : reason}` }],
            ...(cause === undefined ? [] : ([['Cause', { text: cause, tone: 'bad' }]] as const)),
            ...(running ? ([['Command', running.command]] as const) : []),
            ...(running ? ([['Attached clients', String(running.attachedClients)]] as const) : []),
            ...(observed?.idleSeconds === undefined ? [] : ([['Idle', view.ageText(observed.idleSeconds)]] as const)),
            ...(observed?.look === undefined ? [] : ([['Needs a look', view.lookTexts[observed.look]]] as const)),
            ['Created', session.createdAt],
            ['Updated', session.updatedAt],
            ['Last attached', session.lastAttachedAt ?? 'never'],
            ...(session.origin === 'reference' ? ([['Origin', 'started by the reference CLI']] as const) : []),
          ],
        },
      ],
      data: { ...view.sessionData(session, vm.name, observed), path: workspace.path, socket: session.socket ?? null },
    };
  },
};
